"""What IP packets are wrapped in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.link import IPV4, IPV6, LINKS

PACKET = b"\x45IPv4 packet"


@pytest.mark.parametrize(
    ("link_type", "header"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x05\x08\x00"),  # VLAN
        (1, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"),  # QinQ
        (113, bytes(14) + b"\x08\x00"),
        (113, bytes(14) + b"\x81\x00\x00\x05\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (0, b"\x02\0\0\0"),
        (0, b"\0\0\0\x02"),
        (108, b"\0\0\0\x02"),
        *((link_type, b"") for link_type in (12, 14, 101, 228)),
    ],
)
def test_the_packet_is_found_behind_its_link_header(link_type: int, header: bytes) -> None:
    """Ethernet with any VLAN tags, Linux's cooked captures, loopback in either byte order, and none at all."""
    assert LINKS[link_type](header + PACKET) == (IPV4, len(header))


@pytest.mark.parametrize("family", [10, 24, 28, 30])
def test_each_system_has_its_own_number_for_ipv6(family: int) -> None:
    """Linux, NetBSD, FreeBSD and Darwin."""
    assert LINKS[0](family.to_bytes(4, "little") + b"\x60") == (IPV6, 4)


def test_a_raw_packet_tells_its_version() -> None:
    """Where the link type does not."""
    assert LINKS[101](b"\x60") == (IPV6, 0)
    assert LINKS[229](b"\x60") == (IPV6, 0)


@given(link_type=st.sampled_from(sorted(LINKS)), data=st.binary(max_size=64))
def test_any_bytes_have_an_answer(link_type: int, data: bytes) -> None:
    """Too short, or tag upon tag."""
    ether_type, at = LINKS[link_type](data)
    assert 0 <= ether_type <= 0xFFFF
    assert 0 <= at <= len(data) + 24
