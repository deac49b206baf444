"""Where the segment is in an IP packet."""

import struct

import pytest

from services.scope.capture.layers import ip
from services.scope.capture.layers.layer import NoSegment, Reason, Space, Walk
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.wire import bits, ipv4, ipv6, tcp

SEGMENT = tcp((40_000, 5000), (1, 1), bits("PSH ACK"), data=b"hello")


def test_ipv4_options_are_passed_over() -> None:
    """The header's length is in the packet."""
    packet = ipv4("10.0.0.1", "10.0.0.2", SEGMENT, options=bytes(8))
    assert ip.ipv4(packet, 0, len(packet)) == (6, 28, 28 + len(SEGMENT))


def test_what_pads_a_frame_is_not_payload() -> None:
    """The total length tells where the packet ends."""
    packet = ipv4("10.0.0.1", "10.0.0.2", SEGMENT)
    assert ip.ipv4(packet + bytes(6), 0, len(packet) + 6) == (6, 20, len(packet))


def test_a_first_fragment_has_the_tcp_header_and_a_later_one_not() -> None:
    """What looks like ports in a later one is payload."""
    first, later = (ipv4("10.0.0.1", "10.0.0.2", SEGMENT, fragment=fragment) for fragment in (0x2000, 0x0001))
    assert ip.ipv4(first, 0, len(first)) == (6, 20, len(first))
    with pytest.raises(NoSegment) as caught:
        ip.ipv4(later, 0, len(later))
    assert caught.value.reason == Reason(Lack.FRAGMENT, "TCP")


def test_a_packet_too_large_for_its_length_field_has_the_frames() -> None:
    """Linux writes 0 into it (BIG TCP)."""
    packet = bytearray(ipv4("10.0.0.1", "10.0.0.2", SEGMENT))
    packet[2:4] = bytes(2)
    assert ip.ipv4(bytes(packet), 0, 100_000) == (6, 20, 100_000)
    packet = bytearray(ipv6("2001:db8::1", "2001:db8::2", SEGMENT))
    packet[4:6] = bytes(2)
    assert ip.ipv6(bytes(packet), 0, 100_000) == (6, 40, 100_000)


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        (0, b"\x06\x00" + bytes(6)),  # hop-by-hop
        (43, b"\x06\x02" + bytes(22)),  # routing
        (44, b"\x06\x00\x00\x01" + bytes(4)),  # first fragment
        (51, b"\x06\x04" + bytes(22)),  # authentication
        (60, b"\x06\x01" + bytes(14)),  # destination options
        (0, b"\x3c\x00" + bytes(6) + b"\x06\x00" + bytes(6)),  # one after another
    ],
)
def test_ipv6_extension_headers_are_passed_over(kind: int, header: bytes) -> None:
    """Each tells its own length, each in its own unit."""
    packet = ipv6("2001:db8::1", "2001:db8::2", header + SEGMENT, next_header=kind)
    assert ip.ipv6(packet, 0, len(packet)) == (6, 40 + len(header), len(packet))


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[:19], Reason(Lack.CUT_OFF)),
        (b"\x44" + ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[1:], Reason(Lack.MALFORMED, "IPv4")),  # a header of 16 bytes
        (b"\x65" + ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[1:], Reason(Lack.MALFORMED, "IPv4")),  # version 6
        (struct.pack("!BBH", 0x45, 0, 19) + ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[4:], Reason(Lack.MALFORMED, "IPv4")),
        (ipv4("10.0.0.1", "10.0.0.2", SEGMENT, fragment=1, protocol=17), Reason(Lack.FRAGMENT, "UDP")),
    ],
)
def test_what_is_no_ipv4_segment_has_a_reason(packet: bytes, reason: Reason) -> None:
    """One of a few, which are counted."""
    with pytest.raises(NoSegment) as caught:
        ip.ipv4(packet, 0, len(packet))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        (6, b"", Reason(Lack.CUT_OFF)),
        (0, b"\x06", Reason(Lack.CUT_OFF)),
        (0, b"\x06\xff" + bytes(6), Reason(Lack.MALFORMED, "IPv6")),
        (44, b"\x06\x00\x00\x08" + bytes(4), Reason(Lack.FRAGMENT, "TCP")),
    ],
)
def test_what_is_no_ipv6_segment_has_a_reason(kind: int, payload: bytes, reason: Reason) -> None:
    """One of a few, which are counted."""
    packet = ipv6("2001:db8::1", "2001:db8::2", payload, next_header=kind)
    with pytest.raises(NoSegment) as caught:
        ip.ipv6(packet if payload else packet[:39], 0, len(packet))
    assert caught.value.reason == reason


def test_a_packet_inside_another_ends_where_that_ends() -> None:
    """Whatever its own length says: as with the first fragment of the outer one."""
    for packet, go_on in (
        (ipv4("10.0.0.1", "10.0.0.2", SEGMENT), ip.inner_ipv4),
        (ipv6("2001:db8::1", "2001:db8::2", SEGMENT), ip.inner_ipv6),
    ):
        for end in (len(packet) - 3, len(packet), len(packet) + 3):
            walk = Walk(packet, 0, end)
            assert go_on(walk) == (Space.IP, 6)
            assert (walk.end, walk.data[walk.at :]) == (min(end, len(packet)), SEGMENT)
            assert walk.addresses == packet[walk.at - len(walk.addresses) : walk.at]
