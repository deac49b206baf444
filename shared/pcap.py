"""Writing nanosecond pcap: the tap streams it, the scope keeps it, Wireshark opens it.

Format: draft-ietf-opsawg-pcap, with the nanosecond magic. Little-endian whatever the machine, so that a stream can be
read anywhere.

A tap begins its stream with a frame that tells where it stands, and tells of packets that it has lost with another: the
type of these frames is one which IEEE 802 leaves for local use, so that the stream stays a capture for whoever else
reads it.
"""

import struct
from typing import NamedTuple

LINKTYPE_ETHERNET = 1

MAGIC_NS = 0xA1B23C4D
_VERSION = (2, 4)

# Magic, version (two numbers), time zone and accuracy (always 0), the most bytes kept of a packet, link type.
FILE_HEADER = struct.Struct("<IHHiIII")

# Seconds, nanoseconds, bytes kept, bytes that the packet had.
RECORD_HEADER = struct.Struct("<IIII")

# The longest that a host can have (HOST_NAME_MAX).
MAX_NAME = 64

_LOCAL_EXPERIMENTAL = 0x88B5  # IEEE 802, clause 9.2.3
_TOLD = bytes(12) + struct.pack("!H", _LOCAL_EXPERIMENTAL) + b"echoscope "
_NAMING = _TOLD + b"tap "
_LOSING = _TOLD + b"lost "

# How many packets, and between which times.
_lost = struct.Struct("!IQQ")


class Lost(NamedTuple):
    """Packets that a tap has lost between two times."""

    packets: int
    first_ns: int
    last_ns: int

    def with_(self, other: "Lost | None") -> "Lost":
        """Return both as one."""
        if other is None:
            return self
        first_ns, last_ns = min(self.first_ns, other.first_ns), max(self.last_ns, other.last_ns)
        return Lost(self.packets + other.packets, first_ns, last_ns)


def file_header(link_type: int, snap_length: int) -> bytes:
    """Return what a capture starts with; `snap_length` is the most bytes kept of a packet."""
    return FILE_HEADER.pack(MAGIC_NS, *_VERSION, 0, 0, snap_length, link_type)


def record(t_ns: int, captured: bytes, original_length: int) -> bytes:
    """Return one packet's record: `t_ns` is CLOCK_REALTIME, `original_length` its bytes before they were cut."""
    seconds, nanoseconds = divmod(t_ns, 1_000_000_000)
    return RECORD_HEADER.pack(seconds, nanoseconds, len(captured), original_length) + captured


def is_name(text: str) -> bool:
    """Tell whether a tap may have this name: it is shown on terminals, in logs and pages."""
    return 0 < len(text) <= MAX_NAME and text.isprintable()


def naming_frame(name: str) -> bytes:
    """Return the frame that tells a tap's name."""
    return _NAMING + name.encode()


def name_in(frame: bytes) -> str | None:
    """Return the name that a frame tells; None where it tells none, or one that no tap may have."""
    if not frame.startswith(_NAMING):
        return None
    name = frame[len(_NAMING) :].decode(errors="replace")
    return name if is_name(name) else None


def losing_frame(lost: Lost) -> bytes:
    """Return the frame that tells what a tap has lost; of more packets than 2**32 it tells so many."""
    return _LOSING + _lost.pack(min(lost.packets, 2**32 - 1), lost.first_ns, lost.last_ns)


def lost_in(frame: bytes) -> Lost | None:
    """Return what a frame tells of packets that were lost; None where it tells nothing of them."""
    if not frame.startswith(_LOSING) or len(frame) != len(_LOSING) + _lost.size:
        return None
    lost = Lost(*_lost.unpack_from(frame, len(_LOSING)))
    return lost if lost.packets and lost.first_ns <= lost.last_ns else None
