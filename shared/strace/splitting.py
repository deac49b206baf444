"""Splits the bytes of a trace into lines; a line that is too long keeps its beginning and its end."""

from collections.abc import Iterator
from typing import BinaryIO

from shared.strace.trace import MAX_LINE

# A call's name and descriptor stand at a line's beginning, its result at the end; between them is the program's data.
_HALF = MAX_LINE // 2

_CHUNK_BYTES = 65_536


class Splitter:
    """Takes bytes as they come."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that are complete now, without their line breaks."""
        first, *others = data.split(b"\n")
        self._grow(first)
        if not others:
            return []
        *whole, last = others
        lines = [self._taken(), *whole]
        self._grow(last)
        return [line.decode(errors="replace") for line in lines]

    def rest(self) -> list[str]:
        """Return a last line without a line break."""
        line = self._taken()
        return [line.decode(errors="replace")] if line else []

    def _grow(self, piece: bytes) -> None:
        room = max(_HALF - len(self._head), 0)
        if not self._tail:
            self._head += piece[:room]
        if len(piece) > room or self._tail:
            self._tail = (self._tail + (piece if self._tail else piece[room:]))[-_HALF:]

    def _taken(self) -> bytes:
        line = self._head + self._tail
        self._head = self._tail = b""
        return line


def lines_of(stream: BinaryIO) -> Iterator[str]:
    """Give the lines of a file."""
    splitter = Splitter()
    while data := stream.read(_CHUNK_BYTES):
        yield from splitter.feed(data)
    yield from splitter.rest()
