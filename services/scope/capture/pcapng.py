"""Reading pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces each with its own clock unit."""

import struct
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from services.scope.capture.frames import MAX_FRAME_BYTES, MAX_T_NS, CaptureDamaged, Frame, Oddity, Source
from services.scope.gaps import Damage

SECTION = b"\x0a\x0d\x0d\x0a"  # a palindrome: it reads the same in both byte orders

_INTERFACE, _OBSOLETE_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
_PACKETS = (_ENHANCED_PACKET, _SIMPLE_PACKET, _OBSOLETE_PACKET)

# Blocks that hold no packet, and have a number among the frames in Wireshark, so that ours are the same: those of
# systemd's journal, sysdig, and anybody's own.
_NUMBERED = frozenset({0x9, 0xBAD, 0x40000BAD, 0x204, 0x216, 0x221})

_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}

_OPTION_END, _OPTION_RESOLUTION, _OPTION_OFFSET = 0, 9, 14

# A block around the longest packet, with room for its options; anything longer is only passed over.
_MAX_BLOCK_BYTES = 2 * MAX_FRAME_BYTES
_MAX_INTERFACES = 65_536

_BLOCK_OVERHEAD = 12  # its type, and its length before and after the body


class _Interface(NamedTuple):
    link_type: int
    snap_length: int  # 0: no limit
    units_per_s: int
    offset_ns: int


class _Section:
    """What a section's header and interface blocks say about the packets that follow."""

    def __init__(self, order: str, odd: Counter[Oddity]) -> None:
        self.order = order
        self._odd = odd
        self.interfaces: list[_Interface] = []
        self.t_ns = 0  # of the packet before: a simple packet has no time of its own

    def add_interface(self, body: bytes) -> None:
        link_type, snap_length = struct.unpack_from(f"{self.order}HxxI", body)
        units_per_s, offset_s = 1_000_000, 0
        for code, value in self._options(body, 8):
            if code == _OPTION_RESOLUTION and len(value) == 1:
                units_per_s = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
            elif code == _OPTION_OFFSET and len(value) == 8:  # noqa: PLR2004 - if_tsoffset is a signed 64-bit number
                (offset_s,) = struct.unpack(f"{self.order}q", value)
        self.interfaces.append(_Interface(link_type, snap_length, units_per_s, offset_s * 1_000_000_000))

    def frame(self, kind: int, number: int, body: bytes) -> Frame:
        """Raise ValueError where the packet does not fit its block, or IndexError where its interface is unknown."""
        if kind == _SIMPLE_PACKET:
            (original_length,) = struct.unpack_from(f"{self.order}I", body)
            interface = self.interfaces[0]
            length = min(original_length, interface.snap_length or original_length)
            start = 4
        else:
            layout = "IIIII" if kind == _ENHANCED_PACKET else "HxxIIII"
            which, high, low, length, original_length = struct.unpack_from(self.order + layout, body)
            interface = self.interfaces[which]
            t_ns = (high << 32 | low) * 1_000_000_000 // interface.units_per_s + interface.offset_ns
            if -MAX_T_NS <= t_ns <= MAX_T_NS:
                self.t_ns = t_ns
            else:
                self._odd[Oddity.IMPOSSIBLE_TIME] += 1
            start = 20
        if start + length > len(body):
            raise ValueError(length)
        return Frame(number, self.t_ns, interface.link_type, body[start : start + length], original_length)

    def _options(self, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
        while at + 4 <= len(body):
            code, length = struct.unpack_from(f"{self.order}HH", body, at)
            if code == _OPTION_END:
                return
            yield code, body[at + 4 : at + 4 + length]
            at += 4 + (length + 3 & ~3)  # padded to 32 bits


def read_pcapng(source: Source, odd: Counter[Oddity]) -> Iterator[Frame]:
    """Give the frames, and count what is odd; raise CaptureDamaged after the last whole one."""
    section = _Section("<", odd)
    number = 0
    while not source.ended():
        begin = source.offset
        head = source.take(4, Damage.IN_BLOCK_HEADER)
        if head == SECTION:
            section = _start_section(source, begin, odd)
            continue
        (kind,) = struct.unpack(f"{section.order}I", head)
        if kind not in (_INTERFACE, *_PACKETS):
            source.skip(_block_length(source, section, begin) - 8, Damage.IN_BLOCK)
            if kind in _NUMBERED:
                number += 1
            continue
        body = _body(source, section, begin)
        try:
            if kind == _INTERFACE:
                if len(section.interfaces) == _MAX_INTERFACES:
                    raise CaptureDamaged(begin, Damage.INTERFACES, _MAX_INTERFACES)
                section.add_interface(body)
                continue
            number += 1
            frame = section.frame(kind, number, body)
        except (struct.error, ValueError):
            raise CaptureDamaged(begin, Damage.SHORT_BLOCK) from None
        except IndexError:
            raise CaptureDamaged(begin, Damage.NO_INTERFACE) from None
        yield frame


def _start_section(source: Source, begin: int, odd: Counter[Oddity]) -> _Section:
    lengths = source.take(8, Damage.IN_SECTION_HEADER)
    order = _ORDERS.get(lengths[4:])
    if order is None:
        raise CaptureDamaged(begin, Damage.NO_BYTE_ORDER)
    section = _Section(order, odd)
    (length,) = struct.unpack_from(f"{order}I", lengths)
    source.skip(_checked(length, begin) - _BLOCK_OVERHEAD, Damage.IN_SECTION_HEADER)
    return section


def _body(source: Source, section: _Section, begin: int) -> bytes:
    length = _block_length(source, section, begin)
    if length > _MAX_BLOCK_BYTES:
        raise CaptureDamaged(begin, Damage.PACKET_BLOCK_LENGTH, length)
    body = source.take(length - _BLOCK_OVERHEAD, Damage.IN_BLOCK)
    if source.take(4, Damage.IN_BLOCK) != struct.pack(f"{section.order}I", length):
        raise CaptureDamaged(begin, Damage.TWO_LENGTHS)
    return body


def _block_length(source: Source, section: _Section, begin: int) -> int:
    (length,) = struct.unpack(f"{section.order}I", source.take(4, Damage.IN_BLOCK_HEADER))
    return _checked(length, begin)


def _checked(length: int, begin: int) -> int:
    if length < _BLOCK_OVERHEAD or length % 4:
        raise CaptureDamaged(begin, Damage.BLOCK_LENGTH, length)
    return length
