"""The capture on disk: a few pcap files in rotation; the oldest is deleted.

`echo.pcap` is written, `echo.1.pcap` is the one before, and so on. A killed scope should leave a file that ends with a
whole packet. A write that is killed ends between two pages of the file (generic_perform_write(), mm/filemap.c), so a
packet that crosses a page border is written by a call of its own. If the kill hits just that call, Wireshark leaves
that packet out, and the next start cuts it off.
"""

import errno
import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from services.scope.capture.frames import CaptureDamaged, NotACapture
from services.scope.capture.reader import read_uncompressed
from shared.log import Log
from shared.pcap import LINKTYPE_ETHERNET, RECORD_HEADER, file_header

# What the format's header says of the longest packet; a tap keeps fewer bytes (shared.pcap).
_SNAP_BYTES = 262_144

# Where a record has the number of bytes behind its header.
_LENGTH_AT = 8
_u32 = struct.Struct("<I")

_HEADER = file_header(LINKTYPE_ETHERNET, _SNAP_BYTES)


class CaptureFiles:
    """Rotating files in a folder; if one cannot be written, that is logged once, and the capture ends."""

    def __init__(self, folder: Path, files: int, file_bytes: int, log: Log) -> None:
        """Begin a file of its own; raise OSError where that is not possible."""
        self.lost_bytes = 0
        self._folder = folder
        self._files = files
        self._file_bytes = file_bytes
        self._log = log
        _mend(self._path(0), log)
        self._fd: int | None = self._begin()
        self._size = len(_HEADER)

    def write(self, records: bytes) -> None:
        """Write whole records, if there is a file to write to."""
        if self._fd is None:
            self.lost_bytes += len(records)
            return
        try:
            if self._size + len(records) > self._file_bytes and self._size > len(_HEADER):
                os.close(self._fd)
                self._fd = None
                self._fd = self._begin()
                self._size = len(_HEADER)
            self._write(self._fd, records)
        except OSError as error:
            self._log.warning("capture_ended", folder=str(self._folder), why=error.strerror)
            self.lost_bytes += len(records)
            self.close()

    def close(self) -> None:
        """Write no more."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _write(self, fd: int, records: bytes) -> None:
        for piece in _pieces(records, self._size):
            written = os.write(fd, piece)
            if written < len(piece):
                # The disk is full: half a record must not be what the file ends with.
                os.ftruncate(fd, self._size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._size += written

    def _begin(self) -> int:
        """Give each file the next name, and open the first, which has its header as soon as it has its name."""
        unnamed = self._folder / "echo.part"
        fd = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            os.write(fd, _HEADER)
            self._rotate()
            unnamed.replace(self._path(0))
        except OSError:
            os.close(fd)
            raise
        return fd

    def _rotate(self) -> None:
        for age in range(self._files - 1, 0, -1):
            if self._path(age - 1).exists():
                self._path(age - 1).replace(self._path(age))

    def _path(self, age: int) -> Path:
        return self._folder / (f"echo.{age}.pcap" if age else "echo.pcap")


def _pieces(records: bytes, offset: int) -> Iterator[memoryview]:
    """Cut records for a place in the file: a piece is all within a page, or one record."""
    view = memoryview(records)
    begin = at = 0
    while at < len(records):
        end = at + RECORD_HEADER.size + _u32.unpack_from(records, at + _LENGTH_AT)[0]
        last_page = (offset + end - 1) // mmap.PAGESIZE
        if (offset + begin) // mmap.PAGESIZE != last_page:
            if begin < at:
                yield view[begin:at]
            begin = at
            if (offset + at) // mmap.PAGESIZE != last_page:
                yield view[at:end]
                begin = end
        at = end
    if begin < at:
        yield view[begin:at]


def _mend(path: Path, log: Log) -> None:
    """Cut off what is behind the last whole record; a file without any is deleted, so that it rotates no other out."""
    if not path.exists():
        return
    frames = 0
    try:
        with path.open("rb") as file:
            for _ in read_uncompressed(file):
                frames += 1
    except CaptureDamaged as damage:
        os.truncate(path, damage.offset)
        log.info("capture_mended", file=str(path), why=damage.why)
    except NotACapture as error:
        log.warning("capture_overwritten", file=str(path), why=str(error))
    if not frames:
        path.unlink()
