"""Writing nanosecond pcap: the tap streams it, the scope keeps it, Wireshark opens it.

Format: draft-ietf-opsawg-pcap, with the nanosecond magic. Little-endian whatever the machine, so that a stream can be
read anywhere.
"""

import struct

LINKTYPE_ETHERNET = 1

MAGIC_NS = 0xA1B23C4D
_VERSION = (2, 4)

# Magic, version (two numbers), time zone and accuracy (always 0), the most bytes kept of a packet, link type.
FILE_HEADER = struct.Struct("<IHHiIII")

# Seconds, nanoseconds, bytes kept, bytes that the packet had.
RECORD_HEADER = struct.Struct("<IIII")


def file_header(link_type: int, snap_length: int) -> bytes:
    """Return what a capture starts with; `snap_length` is the most bytes kept of a packet."""
    return FILE_HEADER.pack(MAGIC_NS, *_VERSION, 0, 0, snap_length, link_type)


def record(t_ns: int, captured: bytes, original_length: int) -> bytes:
    """Return one packet's record: `t_ns` is CLOCK_REALTIME, `original_length` its bytes before they were cut."""
    seconds, nanoseconds = divmod(t_ns, 1_000_000_000)
    return RECORD_HEADER.pack(seconds, nanoseconds, len(captured), original_length) + captured
