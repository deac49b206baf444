"""From frames to packets."""

import functools
import random
import struct
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import Frame
from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Lack
from services.scope.model import Endpoint, Options, Packet
from tests.unit.services.scope.harness.fragments import fragments_of
from tests.unit.services.scope.harness.wire import RAW, bits, ipv4, ipv6, tcp

SEGMENT = tcp((40_000, 5000), (7, 9), bits("PSH ACK"), 500, b"hello", b"\x01\x03\x03\x07")


def frame(data: bytes, link_type: int = RAW, original_length: int | None = None) -> Frame:
    """Return a captured frame."""
    return Frame(1, 12, link_type, data, len(data) if original_length is None else original_length)


def test_a_packet_is_decoded_as_it_is_on_the_wire() -> None:
    """Nothing is relative or scaled yet."""
    assert Decoder().decode(frame(ipv4("10.0.0.1", "10.0.0.2", SEGMENT))) == Packet(
        t_ns=12,
        source=Endpoint("10.0.0.1", 40_000),
        destination=Endpoint("10.0.0.2", 5000),
        seq=7,
        ack=9,
        flags=0x18,
        window=500,
        length=5,
        options=Options(window_scale=7),
        frame=1,
        identification=1,
        hops=64,
    )


def test_of_ipv6_the_hop_limit_tells_what_the_time_to_live_does() -> None:
    """An identification it has none."""
    packet = Decoder().decode(frame(ipv6("2001:db8::1", "2001:db8::2", SEGMENT)))
    assert packet is not None
    assert (packet.identification, packet.hops) == (0, 64)


@pytest.mark.parametrize(
    ("address", "text"), [("2001:db8::1", "2001:db8::1"), ("::ffff:10.0.0.1", "10.0.0.1"), ("::1", "::1")]
)
def test_addresses_are_written_as_the_calls_write_them(address: str, text: str) -> None:
    """An IPv4-mapped one is IPv4, so that packets and calls meet."""
    packet = Decoder().decode(frame(ipv6(address, "2001:db8::2", SEGMENT)))
    assert packet is not None
    assert packet.source == Endpoint(text, 40_000)


def test_the_payload_may_be_longer_than_what_was_captured() -> None:
    """The IP header tells its length."""
    packet = Decoder().decode(frame(ipv4("10.0.0.1", "10.0.0.2", SEGMENT + bytes(1000))[:64], original_length=1049))
    assert packet is not None
    assert packet.length == 1005


@pytest.mark.parametrize(
    ("undecodable", "reason"),
    [
        (frame(b"", 9999), Reason(Lack.OTHER, "link type 9999")),
        (frame(bytes(12) + b"\x08\x06" + bytes(46), 1), Reason(Lack.OTHER, "ARP")),
        (frame(b"\x45" + bytes(8) + b"\x01" + bytes(60)), Reason(Lack.OTHER, "ICMP")),
        (frame(ipv4("10.0.0.1", "10.0.0.2", SEGMENT)[:39]), Reason(Lack.CUT_OFF)),
        (frame(ipv4("10.0.0.1", "10.0.0.2", SEGMENT[:12] + b"\x40" + SEGMENT[13:])), Reason(Lack.MALFORMED, "TCP")),
        (frame(ipv4("10.0.0.1", "10.0.0.2", SEGMENT[:12] + b"\xf0" + SEGMENT[13:])), Reason(Lack.MALFORMED, "TCP")),
    ],
)
def test_what_holds_no_segment_is_counted_by_its_reason(undecodable: Frame, reason: Reason) -> None:
    """And is no error."""
    decoder = Decoder()
    assert decoder.decode(undecodable) is None
    assert decoder.skipped == {reason: 1}


def test_the_frames_of_a_datagram_without_a_segment_are_counted_when_it_is_whole() -> None:
    """Before, nobody knows what the datagram holds; then each frame counts for that."""
    decoder = Decoder()
    datagram = ipv4("10.0.0.1", "10.0.0.2", bytes(64), protocol=17)
    for part in fragments_of(datagram, 24):
        assert decoder.decode(frame(part)) is None
    assert decoder.skipped == {Reason(Lack.OTHER, "UDP"): 3}
    assert decoder.decode(frame(b"", 9999)) is None
    assert decoder.skipped.total() == 4


def test_a_segment_in_fragments_is_no_skipped_frame() -> None:
    """It is the last frame's, with the length of the whole."""
    decoder = Decoder()
    datagram = ipv4("10.0.0.1", "10.0.0.2", SEGMENT + bytes(100))
    *earlier, packet = (decoder.decode(frame(part)) for part in fragments_of(datagram, 16))
    assert set(earlier) == {None}
    assert packet is not None
    assert (packet.length, packet.identification, packet.hops) == (105, 7, 64)
    assert decoder.decode(frame(b"", 9999)) is None
    assert decoder.skipped.total() == 1


def test_more_endpoints_than_are_remembered_are_named_right() -> None:
    """Their text is kept for so many, and made anew for more: a scan of every address does not become memory."""
    decoder = Decoder()
    packet = ipv4("10.0.0.1", "10.0.0.2", SEGMENT)
    sources = []
    for number in range(65_536 + 2):
        found = decoder.decode(frame(packet[:12] + struct.pack("!I", number) + packet[16:]))
        assert found is not None
        sources.append(found.source.ip)
    assert sources[-3:] == ["0.0.255.255", "0.1.0.0", "0.1.0.1"]


# Of each kind, those that scapy builds and those that nobody would: so many seeds, and packets of each. To ask
# hypothesis for each field of each packet would take most of the time.
_SEEDS, _PACKETS_OF_EACH = 40, 40

_OPTIONS: dict[str, Callable[[random.Random], Any]] = {
    "MSS": lambda dice: number(dice, 16),
    "WScale": lambda dice: dice.randrange(15),
    "SAckOK": lambda _: b"",
    "SAck": lambda dice: (number(dice, 32), number(dice, 32)),
    "Timestamp": lambda dice: (number(dice, 32), number(dice, 32)),
    "NOP": lambda _: None,
}


@functools.cache
def scapy() -> tuple[Any, Any, Any]:
    """Return scapy's IPv4, IPv6 and TCP: half a second that no worker needs that does not run these tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it imports
        from scapy.layers.inet import IP, TCP  # noqa: PLC0415 - see above
        from scapy.layers.inet6 import IPv6  # noqa: PLC0415 - see above
    return IP, IPv6, TCP


def number(dice: random.Random, bits: int) -> int:
    """Return one of so many bits: often the least or the greatest."""
    return dice.choice((0, 2**bits - 1, dice.getrandbits(bits), dice.getrandbits(bits)))


@settings(max_examples=_SEEDS)
@given(seed=st.integers(0, 2**32 - 1))
def test_scapy_and_the_decoder_agree(seed: int) -> None:
    """Field by field, on whatever scapy builds."""
    dice = random.Random(seed)
    for _ in range(_PACKETS_OF_EACH):
        assert_agreed_on_a_packet(dice)


def assert_agreed_on_a_packet(dice: random.Random) -> None:
    """Build one, and read it again."""
    ports, numbers = (number(dice, 16), number(dice, 16)), (number(dice, 32), number(dice, 32))
    flags, window, version = number(dice, 9), number(dice, 16), dice.choice((4, 6))
    options = [(name, _OPTIONS[name](dice)) for name in dice.sample(sorted(_OPTIONS), dice.randrange(4))]
    data = dice.randbytes(dice.randrange(51))
    ipv4_of, ipv6_of, tcp_of = scapy()
    network = ipv4_of(src="10.0.0.1", dst="10.0.0.2") if version == 4 else ipv6_of(src="2001:db8::1", dst="2001:db8::2")
    segment = tcp_of(
        sport=ports[0],
        dport=ports[1],
        seq=numbers[0],
        ack=numbers[1],
        flags=flags,
        window=window,
        options=options,
    )
    packet = Decoder().decode(frame(bytes(network / segment / data)))
    assert packet is not None
    assert (packet.source.port, packet.destination.port) == ports
    assert (packet.seq, packet.ack) == numbers
    assert (packet.flags, packet.window, packet.length) == (flags, window, len(data))
    sent = dict(options)
    assert packet.options == Options(
        mss=sent.get("MSS"),
        window_scale=sent.get("WScale"),
        sack_permitted="SAckOK" in sent,
        sack=(sent["SAck"],) if "SAck" in sent else (),
        timestamps=sent.get("Timestamp"),
    )


@settings(max_examples=_SEEDS)
@given(seed=st.integers(0, 2**32 - 1))
def test_on_hostile_bytes_scapy_and_the_decoder_agree_or_it_rejects(seed: int) -> None:
    """What it takes for a segment, scapy does too, with the same numbers."""
    dice = random.Random(seed)
    for _ in range(_PACKETS_OF_EACH):
        start = dice.choice((b"", b"\x45\x00\x00\x50", b"\x60\x00\x00\x00\x00\x28\x06"))
        assert_agreed_or_rejected(start, dice.randbytes(dice.randrange(121)))


def assert_agreed_or_rejected(start: bytes, data: bytes) -> None:
    """Read bytes that were never a packet."""
    packet = Decoder().decode(frame(start + data))
    if packet is not None:
        ipv4_of, ipv6_of, tcp_of = scapy()
        parsed = (ipv4_of if (start + data)[0] >> 4 == 4 else ipv6_of)(start + data)
        assert tcp_of in parsed
        segment = parsed[tcp_of]
        assert (packet.source.port, packet.destination.port) == (segment.sport, segment.dport)
        assert (packet.seq, packet.ack, packet.window) == (segment.seq, segment.ack, segment.window)
        assert packet.flags == int(segment.flags)
