"""The way to the TCP header, through all layers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import Frame
from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Lack
from services.scope.model import Endpoint, Packet
from services.scope.tunnels import Tunnel, TunnelKind
from tests.unit.services.scope.harness.links import LINKS
from tests.unit.services.scope.harness.tunnels import TUNNELS
from tests.unit.services.scope.harness.wire import RAW, bits, ipv4, ipv6, tcp
from tests.unit.services.scope.harness.wrapping import Wrapping, carried, not_found

WRAPPINGS = LINKS | TUNNELS

SEGMENT = tcp((40_000, 5000), (7, 9), bits("PSH ACK"), 500, b"hello")
PACKET = ipv4("10.0.0.1", "10.0.0.2", SEGMENT)


def decode(link_type: int, data: bytes, original: int = 0) -> Packet | None:
    """Return what is found in a frame, of which `original` bytes were on the link if it was cut."""
    return Decoder().decode(Frame(1, 12, link_type, data, original or len(data)))


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS)
def test_tcp_is_found_in_each_link_and_tunnel(wrapping: Wrapping) -> None:
    """With the inner addresses, the payload's length, and the tunnels, the outermost first."""
    found = decode(wrapping.link_type, wrapping.wrap(PACKET) + bytes(6))  # padded, as short Ethernet frames are
    assert found is not None
    assert (found.source, found.destination) == (Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", 5000))
    assert (found.seq, found.ack, found.length, found.tunnels) == (7, 9, 5, wrapping.tunnels)


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS)
def test_a_frame_cut_within_the_headers_is_not_read(wrapping: Wrapping) -> None:
    """Wherever it is cut; from the end of TCP's header on it is."""
    whole = wrapping.wrap(PACKET)
    for size in range(len(whole)):
        found = decode(wrapping.link_type, whole[:size], len(whole))
        assert (found is not None) == (size >= len(whole) - len(b"hello"))
        assert found is None or found.length == 5


def test_ipv6_is_found_in_tunnels_as_well() -> None:
    """In IPv4 (6in4), and in itself."""
    inner = ipv6("2001:db8::a", "2001:db8::b", SEGMENT)
    for packet in (carried(41, inner), ipv6("2001:db8::1", "2001:db8::2", inner, next_header=41)):
        found = decode(RAW, packet)
        assert found is not None
        assert (found.source.ip, found.tunnels) == ("2001:db8::a", (Tunnel(TunnelKind.IP_IN_IP),))


def test_tcp_right_behind_an_authentication_header_has_the_addresses_before_it() -> None:
    """IPsec's transport mode, which puts no second IP header there."""
    header = struct.pack("!BBHII", 6, 4, 0, 9, 1) + bytes(12)
    found = decode(RAW, ipv4("10.0.0.1", "10.0.0.2", header + SEGMENT, protocol=51))
    assert found is not None
    assert (found.source.ip, found.length, found.tunnels) == ("10.0.0.1", 5, (Tunnel(TunnelKind.AH),))


def test_packets_nested_without_end_are_given_up() -> None:
    """A frame may hold thousands of headers, each in the one before."""
    packet = PACKET
    for _ in range(40):
        packet = carried(4, packet)
    assert not_found(RAW, packet) == Reason(Lack.TOO_DEEP)


@given(
    wrapping=st.sampled_from(list(WRAPPINGS.values())),
    at=st.integers(0, 120),
    damage=st.binary(min_size=1, max_size=4),
)
def test_any_damage_is_answered(wrapping: Wrapping, at: int, damage: bytes) -> None:
    """Read, or counted by its reason."""
    whole = wrapping.wrap(PACKET)
    decoder = Decoder()
    found = decoder.decode(
        Frame(1, 12, wrapping.link_type, whole[:at] + damage + whole[at + len(damage) :], len(whole))
    )
    assert (found is None) == (decoder.skipped.total() == 1)


@given(link_type=st.integers(0, 300), data=st.binary(max_size=80))
def test_any_bytes_on_any_link_are_answered(link_type: int, data: bytes) -> None:
    """No input is an error of ours."""
    decode(link_type, data)
