"""Reading classic pcap: microseconds or nanoseconds, either byte order, and the variants of older writers.

As libpcap reads it (sf-pcap.c).
"""

import struct
from collections.abc import Iterator

from services.scope.capture.frames import MAX_FRAME_BYTES, CaptureDamaged, Frame, Source
from services.scope.gaps import Damage

_RECORD_BYTES = 16
_PATCHED_RECORD_BYTES = 24  # Kuznetsov's libpcap for Linux: with interface, protocol and packet type behind the lengths

# By the first four bytes: the byte order, how many nanoseconds one unit of a record's fraction is, a record's header.
MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000, _RECORD_BYTES),
    b"\xa1\xb2\xc3\xd4": (">", 1000, _RECORD_BYTES),
    b"\x4d\x3c\xb2\xa1": ("<", 1, _RECORD_BYTES),
    b"\xa1\xb2\x3c\x4d": (">", 1, _RECORD_BYTES),
    b"\x34\xcd\xb2\xa1": ("<", 1000, _PATCHED_RECORD_BYTES),
    b"\xa1\xb2\xcd\x34": (">", 1000, _PATCHED_RECORD_BYTES),
    b"\xab\x01\x00\x1c": ("<", 1000, _RECORD_BYTES),
    b"\x1c\x00\x01\xab": (">", 1000, _RECORD_BYTES),
    b"\xac\x01\x00\x1c": ("<", 1, _RECORD_BYTES),
    b"\x1c\x00\x01\xac": (">", 1, _RECORD_BYTES),
}

_HEADER_BYTES = 24

# Ixia's captures (lcap), whose header ends in the length of all records.
_WITH_LENGTH = frozenset({b"\xab\x01\x00\x1c", b"\x1c\x00\x01\xab", b"\xac\x01\x00\x1c", b"\x1c\x00\x01\xac"})

# The versions of which libpcap knows how a record's two lengths stand: the kept one first, from 2.4 on.
_NEWEST = (2, 4)
_SWAPPED = ((2, 0), (2, 1), (2, 2), (543, 0))  # 543.0: DG/UX
_EITHER = (2, 3)  # the kept one is never the longer one

# Above them the field says whether frames end in a checksum (draft-ietf-opsawg-pcap 4): IP's lengths leave that out.
_LINK_TYPE_BITS = 0xFFFF


def read_pcap(source: Source) -> Iterator[Frame]:
    """Give the frames; raise CaptureDamaged after the last whole one."""
    header = source.take(_HEADER_BYTES, Damage.IN_FILE_HEADER)
    order, unit_ns, record_bytes = MAGICS[header[:4]]
    version = struct.unpack_from(f"{order}HH", header, 4)
    if version not in (_NEWEST, _EITHER, *_SWAPPED):
        raise CaptureDamaged(4, Damage.VERSION, f"{version[0]}.{version[1]}")
    is_swapped = version in _SWAPPED
    link_type = struct.unpack_from(f"{order}I", header, 20)[0] & _LINK_TYPE_BITS
    if header[:4] in _WITH_LENGTH:
        source.skip(4, Damage.IN_FILE_HEADER)
    unpack = struct.Struct(f"{order}IIII").unpack_from
    number = 0
    while source.has(record_bytes):
        seconds, fraction, length, original_length = unpack(source.data, source.at)
        if is_swapped or (version == _EITHER and length > original_length):
            length, original_length = original_length, length
        if length > MAX_FRAME_BYTES:
            raise CaptureDamaged(source.offset, Damage.PACKET_LENGTH, length)
        if not source.has(record_bytes + length):
            raise CaptureDamaged(source.offset, Damage.IN_PACKET)
        start = source.at + record_bytes
        source.at = start + length
        number += 1
        yield Frame(
            number,
            seconds * 1_000_000_000 + fraction * unit_ns,
            link_type,
            source.data[start : source.at],
            original_length,
        )
    if not source.ended():
        raise CaptureDamaged(source.offset, Damage.IN_PACKET_HEADER)
