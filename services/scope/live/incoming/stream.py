"""A tap's stream, cut into frames as its bytes arrive.

Not read_capture(), which asks its source for more and waits: here the source tells when there is more. A tap sends one
format alone, that of shared.pcap.
"""

import struct
from collections.abc import Iterator

from services.scope.capture.frames import CaptureDamaged, Frame, NotACapture
from services.scope.gaps import Damage
from shared.pcap import FILE_HEADER, LINKTYPE_ETHERNET, MAGIC_NS, RECORD_HEADER, Lost, lost_in, name_in

# The most that is kept of a packet by what may send such a stream (tcpdump's longest snap length). It bounds what a
# stranger can have the scope wait for.
_MAX_KEPT_BYTES = 262_144

_MAGIC = struct.pack("<I", MAGIC_NS)


class PcapStream:
    """One tap's stream; `numbers` gives each frame its number, and is shared by all that are kept in one capture.

    A tap tells of itself in frames that are not among those which are given: `name` is where it stands, by its first
    frame, and `lost` what it has lost, which whoever reads it takes out. `is_begun`: its header was read.
    """

    def __init__(self, numbers: Iterator[int]) -> None:
        self.name: str | None = None
        self.lost: list[Lost] = []
        self.is_begun = False
        self._numbers = numbers
        self._data = b""
        self._offset = 0  # of `_data` in the stream
        self._has_frames = False

    def feed(self, more: bytes) -> tuple[bytes, list[Frame]]:
        """Take the next bytes; return the records that are whole now, as they came and as frames.

        Raises NotACapture or CaptureDamaged; the whole records before the damage are then lost, too, as nobody knows
        where it began.
        """
        data = self._data + more
        at = 0
        if not self.is_begun:
            at = self._begin(data)
            if not self.is_begun:
                self._data = data
                return b"", []
        start, kept, frames = at, b"", []
        while len(data) - at >= RECORD_HEADER.size:
            seconds, nanoseconds, length, original_length = RECORD_HEADER.unpack_from(data, at)
            if length > _MAX_KEPT_BYTES:
                raise CaptureDamaged(self._offset + at, Damage.PACKET_LENGTH, length)
            end = at + RECORD_HEADER.size + length
            if end > len(data):
                break
            t_ns = seconds * 1_000_000_000 + nanoseconds
            captured = data[at + RECORD_HEADER.size : end]
            if self._tells(captured):
                kept += data[start:at]
                start = at = end
                continue
            at = end
            frames.append(Frame(next(self._numbers), t_ns, LINKTYPE_ETHERNET, captured, original_length))
        self._data = data[at:]
        self._offset += at
        return kept + data[start:at], frames

    def end(self) -> None:
        """Take the end of the stream; raise CaptureDamaged where it is in the middle of something."""
        if self._data:
            raise CaptureDamaged(self._offset, Damage.IN_PACKET)

    def _tells(self, captured: bytes) -> bool:
        """Tell whether a frame is one in which the tap tells of itself, and take what it says."""
        is_first, self._has_frames = not self._has_frames, True
        if is_first and (name := name_in(captured)) is not None:
            self.name = name
            return True
        if (lost := lost_in(captured)) is not None:
            self.lost.append(lost)
            return True
        return False

    def _begin(self, data: bytes) -> int:
        if not _MAGIC.startswith(data[:4]) and data[:4] != _MAGIC:
            raise NotACapture(data[:4])
        if len(data) < FILE_HEADER.size:
            return 0
        link_type = FILE_HEADER.unpack_from(data)[-1]
        if link_type != LINKTYPE_ETHERNET:
            raise CaptureDamaged(0, Damage.LINK_TYPE, link_type)
        self.is_begun = True
        return FILE_HEADER.size
