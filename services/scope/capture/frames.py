"""A frame as a capture holds it, what can be wrong with a capture, and the stream that both formats are read from."""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple, Protocol

from services.scope.gaps import Damage

# Size of one read: large enough that not every packet costs a system call, small enough not to delay a live stream.
_CHUNK_BYTES = 262_144

# The most that one packet may have: Linux makes packets of up to 512 KiB (BIG TCP, include/linux/netdevice.h). A longer
# one is damage, and must not become memory.
MAX_FRAME_BYTES = 1_048_576

# Times are nanoseconds in 64 bits, here and in the JSON: the year 2262 is the last.
MAX_T_NS = 2**63 - 1


class Oddity(Enum):
    """Faults of a frame that are no reason to give it up."""

    IMPOSSIBLE_TIME = auto()  # it is given the time of the frame before it


class Frame(NamedTuple):
    """One captured frame; `original_length` is its length on the link, `captured` what was kept of it."""

    number: int  # from 1
    t_ns: int  # since 1970, UTC
    link_type: int  # LINKTYPE_..., https://www.tcpdump.org/linktypes.html
    captured: bytes
    original_length: int


class CaptureError(Exception):
    """A capture that cannot be read, or not to its end."""


class NotACapture(CaptureError):
    """It is something else; `start` is how it begins, and `file` its name where that is known."""

    def __init__(self, start: bytes, file: str = "") -> None:
        self.start, self.file = start, file
        begins = f"starts with {start.hex(' ')}" if start else "is empty"
        super().__init__(f"neither pcap nor pcapng: it {begins}")


class CaptureDamaged(CaptureError):
    """What comes before `offset` (in bytes) was whole, and has been given."""

    def __init__(self, offset: int, damage: Damage, value: object = None) -> None:
        self.offset, self.damage, self.value = offset, damage, value
        self.why = damage.format(value=value)
        super().__init__(f"damaged at byte {offset}: {self.why}")


class Readable(Protocol):
    """What a capture is read from: a file, or what unpacks one."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""


class Source:
    """A stream of bytes, of which a bounded part is in memory: `data` from `at` on is unread."""

    __slots__ = ("_base", "_read", "at", "data")

    def __init__(self, stream: Readable) -> None:
        # read1() gives what is there: a live stream's last packet does not wait for a full chunk.
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._base = 0
        self.data = b""
        self.at = 0

    @property
    def offset(self) -> int:
        """Where the unread part begins in the stream."""
        return self._base + self.at

    def has(self, size: int) -> bool:
        """Have so many unread bytes in memory; False where the stream ends before."""
        lacking = size - len(self.data) + self.at
        if lacking <= 0:
            return True
        # Joined only once, as a stream may come byte by byte: gzip does, if each byte is a member of its own.
        pieces = [self.data[self.at :]]
        while lacking > 0:
            try:
                more = self._read(max(_CHUNK_BYTES, lacking))
            except OSError as error:
                end = self.offset + sum(map(len, pieces))
                raise CaptureDamaged(end, Damage.UNREADABLE, error.strerror or error) from None
            if not more:
                break
            pieces.append(more)
            lacking -= len(more)
        self._base += self.at
        self.at = 0
        self.data = b"".join(pieces)
        return lacking <= 0

    def take(self, size: int, damage: Damage) -> bytes:
        """Return so many bytes; raise CaptureDamaged, with this damage, where the stream ends before."""
        if not self.has(size):
            raise CaptureDamaged(self.offset, damage)
        taken = self.data[self.at : self.at + size]
        self.at += size
        return taken

    def skip(self, size: int, damage: Damage) -> None:
        """Pass over so many bytes, however many they are; raise CaptureDamaged as `take` does."""
        while size:
            part = min(size, _CHUNK_BYTES)
            self.take(part, damage)
            size -= part

    def ended(self) -> bool:
        """Tell whether nothing is left."""
        return not self.has(1)
