"""Captures that are compressed, unpacked as they are read, in bounded memory: gzip and zstd."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

from services.scope.capture.frames import Readable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def gunzipped(start: bytes, stream: Readable) -> Readable:
    """Return what is in a gzip stream, of which `start` was read already."""
    return _Unpacked(gzip.GzipFile(fileobj=_joined(start, stream), mode="rb").read1)


def unzstd(start: bytes, stream: Readable) -> Readable:
    """Return what is in a zstd stream, of which `start` was read already."""
    return _Unpacked(zstd.ZstdFile(_joined(start, stream), mode="rb").read1)


class _Unpacked:
    """A compressed stream that reports damage as OSError, like any other stream."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, as soon as there are some."""
        try:
            return self._read(size)
        except EOFError:
            raise OSError("the compressed data end too early") from None
        except (zlib.error, zstd.ZstdError, gzip.BadGzipFile):
            raise OSError("the compressed data are damaged") from None


def _joined(start: bytes, stream: Readable) -> BinaryIO:
    return cast("BinaryIO", _Joined(start, stream))


class _Joined(io.RawIOBase):
    """A stream, with the bytes before it that were read already."""

    def __init__(self, before: bytes, stream: Readable) -> None:
        super().__init__()
        self._before = before
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most so many bytes, as soon as there are some."""
        if self._before:
            part, self._before = self._before[:size], self._before[size:]
            return part
        return self._read(size)
