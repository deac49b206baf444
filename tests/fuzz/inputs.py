"""Captures to damage, and how they are damaged."""

import gzip
import random
import struct
import sys

from tests.unit.services.scope.harness.files import enhanced, interface, option, pcap, section, simple
from tests.unit.services.scope.harness.fragments import fragments_of
from tests.unit.services.scope.harness.links import LINKS
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.tunnels import MACSEC, TUNNELS
from tests.unit.services.scope.harness.wire import Talk, bits, capture, ipv4, ipv6, tcp
from tests.unit.services.scope.harness.wrapping import ETHERNET, ethernet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Numbers at which lengths and offsets go wrong.
_EDGES = (0, 1, 4, 7, 8, 12, 20, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

_MOST_DAMAGES = 8

_OPTIONS = b"\x02\x04\x05\xb4\x04\x02\x08\x0a" + bytes(8) + b"\x01\x03\x03\x07\x22\x0a" + bytes(8)
_SACK = b"\x01\x01\x05\x12" + bytes(16)
_SEGMENT = tcp((40_000, 5000), (1, 1), bits("SYN"), data=b"hello", options=_OPTIONS)
_ACK = tcp((5000, 40_000), (1, 2), bits("ACK"), options=_SACK)

# Each link layer and each header that may stand before TCP.
_FRAMES: list[tuple[int, bytes]] = [
    (1, bytes(12) + b"\x08\x00" + ipv4("10.0.0.1", "10.0.0.2", _SEGMENT, options=bytes(8))),
    (1, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x86\xdd" + ipv6("2001:db8::1", "2001:db8::2", _SEGMENT)),
    (113, bytes(14) + b"\x08\x00" + ipv4("10.0.0.1", "10.0.0.2", _ACK)),
    (276, b"\x86\xdd" + bytes(18) + ipv6("::ffff:10.0.0.1", "::1", _SEGMENT)),
    (0, b"\x02\0\0\0" + ipv4("10.0.0.1", "10.0.0.2", _ACK, fragment=0x2000)),
    (108, b"\0\0\0\x1e" + ipv6("::1", "::1", b"\x06\x00" + bytes(6) + _ACK, next_header=0)),
    (101, ipv6("::1", "::1", b"\x06\x00\x00\x01" + bytes(4) + _SEGMENT, next_header=44)),
    (229, ipv6("::1", "::1", b"\x3c\x04" + bytes(22) + b"\x06\x00" + bytes(6) + _ACK, next_header=51)),
]


def _pcapng(order: str) -> bytes:
    resolution = option(order, 9, b"\x09") + option(order, 14, bytes(8)) + option(order, 0, b"")
    data = section(order)
    for link_type, _ in _FRAMES:
        data += interface(order, link_type, 65_535, resolution)
    for which, (_, frame) in enumerate(_FRAMES):
        data += enhanced(order, which, which, frame) + simple(order, frame)
    return data


def _copied() -> bytes:
    """Return a session each packet of which was captured twice, the second time behind a router or not."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("PSH ACK", 1, 6, 5)
    spoken.client("FIN ACK", 6, 6)
    spoken.server("FIN ACK", 6, 7)
    spoken.client("ACK", 7, 7)
    twice = [(t_ns + late_ns, data) for t_ns, data in spoken.packets for late_ns in (0, 40_000)]
    return capture(twice)


def _in_networks() -> bytes:
    """Return two sessions of the same addresses in turn, each in a network of its own, and one of them beside it."""
    spoken, other = talk("a_segment_is_overtaken"), Talk(20_000, (5_000_000, 7_000_000))
    other.handshake()
    packets = [(t_ns, TUNNELS["VXLAN-GPE, IP"].wrap(data)) for t_ns, data in other.packets]
    for t_ns, data in spoken.packets:
        inside = TUNNELS["VXLAN"].wrap(data)
        packets += [(t_ns, inside), (t_ns, inside.replace(b"\0\0\x2a\0", b"\0\0\x2b\0")), (t_ns, ethernet(data))]
    return capture(packets, ETHERNET)


def _in_fragments() -> bytes:
    """Return a session each packet of which came in parts, a tunnel's in parts of its own; some parts came twice."""
    spoken = talk("a_segment_is_overtaken").packets
    wrap = TUNNELS["GRE with all fields"].wrap
    plain = [(t_ns, part) for t_ns, data in spoken for part in fragments_of(data, 16, t_ns // 1_000_000 % 65_536)]
    inside = [(t_ns, wrap(part)) for t_ns, part in plain]
    outside = [(t_ns, part) for t_ns, data in inside[:12] for part in fragments_of(data, 24, t_ns // 1000 % 65_536)]
    addresses = "2001:db8::1", "2001:db8::2"
    ipv6s = [(t_ns, part) for t_ns, data in spoken for part in fragments_of(ipv6(*addresses, data[20:]), 8)]
    return capture([*plain, *plain[:9], *inside, *outside, *ipv6s])


# A talk in every link and tunnel, one for each; and what may be around a whole file.
_WRAPPED = [
    capture(
        ((t_ns, wrapping.wrap(packet)) for t_ns, packet in talk("a_segment_is_overtaken").packets), wrapping.link_type
    )
    for wrapping in (*LINKS.values(), *TUNNELS.values(), *MACSEC.values())
]
_PLAIN = capture(talk("a_segment_is_overtaken").packets)

SEEDS = [
    *_WRAPPED,
    gzip.compress(_PLAIN, mtime=0),
    zstd.compress(_PLAIN),
    pcap("<", [], nanoseconds=False, link_type=101, version=(2, 2)) + _PLAIN[24:],
    _copied(),
    _in_fragments(),
    _in_networks(),
    *(capture(talk(name).packets) for name in TALKS),
    *(capture([(1, frame), (2, frame)], link_type) for link_type, frame in _FRAMES),
    _pcapng("<"),
    _pcapng(">"),
    _pcapng("<") + _pcapng(">"),
]


def damaged(seed: bytes, chance: random.Random) -> bytes:
    """Return a capture with a few things wrong."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, _MOST_DAMAGES)):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at : at + 1] = bytes([(data[at] if data else 0) ^ 1 << chance.randrange(8)])
            case 2:
                layout = chance.choice("<>") + chance.choice("BHI")
                size = struct.calcsize(layout)
                data[at : at + size] = struct.pack(layout, chance.choice(_EDGES) % 256**size)
            case 3:
                del data[at : at + chance.randint(1, 40)]
            case 4:
                data[at:at] = chance.randbytes(chance.randint(1, 40))
            case _:
                other = chance.choice(SEEDS)
                begin = chance.randrange(len(other))
                data[at:at] = other[begin : begin + chance.randint(1, 200)]
    return bytes(data)
