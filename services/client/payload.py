"""What a session sends, readable at any offset, so that what comes back is compared without holding it all."""

import os
from pathlib import Path
from typing import Protocol

from services.client.errors import FileRewritten, FileShrunk, FileUnreadable
from services.client.seeded import PERIOD_BYTES, seeded
from services.client.settings import ClientSettings


class Payload(Protocol):
    """Bytes to send and to expect."""

    size: int

    def read(self, offset: int, count: int) -> bytes:
        """Return `count` bytes from `offset`; fewer at the end."""

    def verify_unchanged(self, offset: int) -> None:
        """Raise a SessionError if the bytes at `offset` may be others now than those that were sent."""


class Text:
    """A message held in memory."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    def read(self, offset: int, count: int) -> bytes:
        """Return a slice."""
        return self._data[offset : offset + count]

    def verify_unchanged(self, offset: int) -> None:
        """Do nothing: it never changes."""


class File:
    """A file of fixed size: what is appended later is not sent."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        status = os.fstat(self._file.fileno())
        self.size = status.st_size
        self._written_ns = status.st_mtime_ns

    def read(self, offset: int, count: int) -> bytes:
        """Return what the file holds there now; raise FileShrunk or FileUnreadable."""
        try:
            data = os.pread(self._file.fileno(), max(0, min(count, self.size - offset)), offset)
        except OSError as error:
            raise FileUnreadable(self._file.name, offset, error.strerror or str(error)) from None
        if not data and offset < self.size:
            raise FileShrunk(self._file.name, offset)
        return data

    def verify_unchanged(self, offset: int) -> None:
        """Raise FileRewritten if somebody has written to it since it was opened."""
        if os.fstat(self._file.fileno()).st_mtime_ns != self._written_ns:
            raise FileRewritten(self._file.name, offset)


class Random:
    """Seeded random bytes of any size in constant memory."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._block = seeded(min(size, PERIOD_BYTES))

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes of the repeated block, up to its end."""
        start = offset % PERIOD_BYTES
        return self._block[start : start + max(0, min(count, self.size - offset))]

    def verify_unchanged(self, offset: int) -> None:
        """Do nothing: it never changes."""


def payload_of(settings: ClientSettings) -> Payload:
    """Return what these settings ask to send."""
    if settings.file is not None:
        return File(settings.file)
    if settings.size_bytes is not None:
        return Random(settings.size_bytes)
    return Text(settings.message.encode())
