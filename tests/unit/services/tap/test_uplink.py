"""Which interface leads to the scope."""

from collections.abc import Iterator

import pytest

from services.tap.uplink import NoUplink, interface_towards
from tests.unit.services.tap.namespaces import Network, ip, made_in, needs_root, network

PORT = 5002


@pytest.fixture(scope="module")
def joined() -> Iterator[Network]:
    """Give two namespaces with an Ethernet between them."""
    with network() as names:
        ip("-n", names.server, "link", "set", "lo", "up")
        ip("-n", names.server, "address", "add", "10.9.7.7/24", "dev", "eth0", "label", "eth0:1")
        ip("-n", names.server, "address", "add", "fd00::2/64", "dev", "eth0", "nodad")
        yield names


@needs_root
@pytest.mark.parametrize("scope", ["10.9.0.1", "10.9.0.2", "10.9.7.1", "10.9.7.7", "fd00::1", "fd00::2"])
def test_it_is_the_one_to_another_host_or_with_the_hosts_own_address(joined: Network, scope: str) -> None:
    """Where the scope is on this very host, packets to it go through loopback, and the others' through the uplink."""
    assert made_in(joined.server, lambda: interface_towards((scope, PORT))) == "eth0"


def test_towards_loopback_it_is_loopback() -> None:
    """Without containers all is there."""
    assert interface_towards(("127.0.0.1", PORT)) == "lo"


@needs_root
def test_without_a_route_there_is_none(joined: Network) -> None:
    """The reason is the kernel's."""

    def why() -> str:
        with pytest.raises(NoUplink) as refused:
            interface_towards(("192.0.2.1", PORT))
        return str(refused.value)

    assert made_in(joined.server, why) == "no interface leads to 192.0.2.1 (Network is unreachable)"


def test_a_name_that_is_not_there_leads_nowhere() -> None:
    """As any other error it is said with what was asked for."""
    with pytest.raises(NoUplink, match=r"no interface leads to a\.\.b "):
        interface_towards(("a..b", PORT))
