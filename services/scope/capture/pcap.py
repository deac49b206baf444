"""Reading classic pcap: microseconds and nanoseconds, written on a machine of either byte order."""

import struct
from collections.abc import Iterator

from services.scope.capture.frames import MAX_FRAME_BYTES, CaptureDamaged, Frame, Source

# The first four bytes: the byte order, and how many nanoseconds one unit of a record's fraction is.
MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}

_HEADER_BYTES = 24
_RECORD_BYTES = 16

# Above them the field says whether frames end in a checksum (draft-ietf-opsawg-pcap 4): IP's lengths leave that out.
_LINK_TYPE_BITS = 0xFFFF


def read_pcap(source: Source) -> Iterator[Frame]:
    """Give the frames; raise CaptureDamaged after the last whole one."""
    header = source.take(_HEADER_BYTES, "the file header")
    order, unit_ns = MAGICS[header[:4]]
    link_type = struct.unpack_from(f"{order}I", header, 20)[0] & _LINK_TYPE_BITS
    unpack = struct.Struct(f"{order}IIII").unpack_from
    number = 0
    while source.has(_RECORD_BYTES):
        seconds, fraction, length, original_length = unpack(source.data, source.at)
        if length > MAX_FRAME_BYTES:
            raise CaptureDamaged(source.offset, f"a packet of {length} bytes")
        if not source.has(_RECORD_BYTES + length):
            raise CaptureDamaged(source.offset, "ends in the middle of a packet")
        start = source.at + _RECORD_BYTES
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
        raise CaptureDamaged(source.offset, "ends in the middle of a packet's header")
