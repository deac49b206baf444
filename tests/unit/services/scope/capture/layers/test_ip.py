"""Where the segment is in an IP packet."""

import struct
from contextlib import suppress

import pytest

from services.scope.capture.layers import ip
from services.scope.capture.layers.fragments import Fragments, Waiting
from services.scope.capture.layers.layer import Layer, NoSegment, Reason, Space, Walk
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.fragments import fragments_of
from tests.unit.services.scope.harness.wire import bits, ipv4, ipv6, tcp
from tests.unit.services.scope.harness.wrapping import walk_over

SEGMENT = tcp((40_000, 5000), (1, 1), bits("PSH ACK"), data=b"hello")


def found(*packets: bytes, end: int | None = None, go_on: Layer | None = None) -> tuple[int, bytes, int]:
    """Return the protocol in the first that is whole, what was captured of that, its length; `end`: of the frame."""
    fragments = Fragments()
    go_on = go_on or (ip.ipv6 if packets[0][0] >> 4 == 6 else ip.ipv4)
    for one in packets:
        walk = Walk(one, 0, len(one) if end is None else end, fragments)
        with suppress(Waiting):
            protocol = go_on(walk).number
            return protocol, walk.data[walk.at : walk.end], walk.end - walk.at
    raise Waiting


def test_ipv4_options_are_passed_over() -> None:
    """The header's length is in the packet."""
    packet = ipv4("10.0.0.1", "10.0.0.2", SEGMENT, options=bytes(8))
    assert found(packet) == (6, SEGMENT, len(SEGMENT))


def test_what_pads_a_frame_is_not_payload() -> None:
    """The total length tells where the packet ends."""
    assert found(ipv4("10.0.0.1", "10.0.0.2", SEGMENT) + bytes(6)) == (6, SEGMENT, len(SEGMENT))


@pytest.mark.parametrize("packet", [ipv4("10.0.0.1", "10.0.0.2", SEGMENT), ipv6("2001:db8::1", "2001:db8::2", SEGMENT)])
def test_a_datagram_in_fragments_is_there_with_the_last_of_them(packet: bytes) -> None:
    """As if it came then; what looks like ports in a later one is payload."""
    parts = fragments_of(packet, 8)
    assert found(*parts) == (6, SEGMENT, len(SEGMENT))
    with pytest.raises(Waiting):
        found(*parts[:-1])


def test_the_first_fragment_tells_what_an_ipv6_datagram_begins_with() -> None:
    """An extension header that was cut in two is read in the whole."""
    extension = b"\x06\x01" + bytes(14)
    parts = fragments_of(ipv6("2001:db8::1", "2001:db8::2", extension + SEGMENT, next_header=60), 8)
    assert found(parts[-1], *parts[:-1]) == (6, SEGMENT, len(SEGMENT))


def test_a_packet_too_large_for_its_length_field_has_the_frames() -> None:
    """Linux writes 0 into it (BIG TCP)."""
    packet = bytearray(ipv4("10.0.0.1", "10.0.0.2", SEGMENT))
    packet[2:4] = bytes(2)
    assert found(bytes(packet), end=100_000) == (6, SEGMENT, 100_000 - 20)
    packet = bytearray(ipv6("2001:db8::1", "2001:db8::2", SEGMENT))
    packet[4:6] = bytes(2)
    assert found(bytes(packet), end=100_000) == (6, SEGMENT, 100_000 - 40)


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        (0, b"\x06\x00" + bytes(6)),  # hop-by-hop
        (43, b"\x06\x02" + bytes(22)),  # routing
        (44, b"\x06\x00\x00\x00" + bytes(4)),  # a fragment that is the whole (RFC 6946)
        (51, b"\x06\x04" + bytes(22)),  # authentication
        (60, b"\x06\x01" + bytes(14)),  # destination options
        (0, b"\x3c\x00" + bytes(6) + b"\x06\x00" + bytes(6)),  # one after another
    ],
)
def test_ipv6_extension_headers_are_passed_over(kind: int, header: bytes) -> None:
    """Each tells its own length, each in its own unit."""
    packet = ipv6("2001:db8::1", "2001:db8::2", header + SEGMENT, next_header=kind)
    assert found(packet) == (6, SEGMENT, len(SEGMENT))


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[:19], Reason(Lack.CUT_OFF)),
        (b"\x44" + ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[1:], Reason(Lack.MALFORMED, "IPv4")),  # a header of 16 bytes
        (b"\x65" + ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[1:], Reason(Lack.MALFORMED, "IPv4")),  # version 6
        (struct.pack("!BBH", 0x45, 0, 19) + ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[4:], Reason(Lack.MALFORMED, "IPv4")),
    ],
)
def test_what_is_no_ipv4_segment_has_a_reason(packet: bytes, reason: Reason) -> None:
    """One of a few, which are counted."""
    with pytest.raises(NoSegment) as caught:
        found(packet, go_on=ip.ipv4)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        (6, b"", Reason(Lack.CUT_OFF)),
        (0, b"\x06", Reason(Lack.CUT_OFF)),
        (0, b"\x06\xff" + bytes(6), Reason(Lack.MALFORMED, "IPv6")),
        (44, b"\x06\x00\xff\xf8" + bytes(20), Reason(Lack.MALFORMED, "IP fragment")),
    ],
)
def test_what_is_no_ipv6_segment_has_a_reason(kind: int, payload: bytes, reason: Reason) -> None:
    """One of a few, which are counted."""
    packet = ipv6("2001:db8::1", "2001:db8::2", payload, next_header=kind)
    with pytest.raises(NoSegment) as caught:
        found(packet if payload else packet[:39], go_on=ip.ipv6)
    assert caught.value.reason == reason


def test_a_packet_inside_another_ends_where_that_ends() -> None:
    """Whatever its own length says."""
    for packet, go_on in (
        (ipv4("10.0.0.1", "10.0.0.2", SEGMENT), ip.inner_ipv4),
        (ipv6("2001:db8::1", "2001:db8::2", SEGMENT), ip.inner_ipv6),
    ):
        for end in (len(packet) - 3, len(packet), len(packet) + 3):
            walk = walk_over(packet, 0, end)
            assert go_on(walk) == (Space.IP, 6)
            assert (walk.end, walk.data[walk.at :]) == (min(end, len(packet)), SEGMENT)
            assert walk.addresses == packet[walk.at - len(walk.addresses) : walk.at]
