"""The capture on disk: a few pcap files, the newest first in name, the oldest given up.

`echo.pcap` is written, `echo.1.pcap` is the one before, and so on. Only whole records are written, in one call each
time: what is killed leaves a file that ends with a packet. Where that was within the call, the kernel stops between two
pages of it, and the next start cuts the rest off.
"""

import os
from pathlib import Path

from services.scope.capture import read_capture
from services.scope.frames import CaptureDamaged, NotACapture
from shared.log import Log
from shared.pcap import LINKTYPE_ETHERNET, file_header

# What the format's header says of the longest packet; a tap keeps fewer bytes (shared.pcap).
_SNAP_BYTES = 262_144

_HEADER = file_header(LINKTYPE_ETHERNET, _SNAP_BYTES)


class CaptureFiles:
    """Rotating files in a folder; where one cannot be written, that is said once, and the capture ends."""

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
        written = os.write(fd, records)
        if written < len(records):
            # The disk is full: half a record must not be what the file ends with.
            os.ftruncate(fd, self._size)
            raise OSError(0, f"{written} of {len(records)} bytes were written")
        self._size += written

    def _begin(self) -> int:
        """Give each file the next name, and open the first."""
        for age in range(self._files - 1, 0, -1):
            if self._path(age - 1).exists():
                self._path(age - 1).replace(self._path(age))
        fd = os.open(self._path(0), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            os.write(fd, _HEADER)
        except OSError:
            os.close(fd)
            raise
        return fd

    def _path(self, age: int) -> Path:
        return self._folder / (f"echo.{age}.pcap" if age else "echo.pcap")


def _mend(path: Path, log: Log) -> None:
    """Cut off what is behind the last whole record."""
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            for _ in read_capture(file):
                pass
    except CaptureDamaged as damage:
        os.truncate(path, damage.offset)
        log.info("capture_mended", file=str(path), why=damage.why)
    except NotACapture:
        os.truncate(path, 0)
