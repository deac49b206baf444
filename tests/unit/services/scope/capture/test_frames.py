"""The stream that captures are read from."""

import io

import pytest

from services.scope.capture.frames import CaptureDamaged, NotACapture, Source
from services.scope.gaps import Damage


class Trickle(io.RawIOBase):
    """A live stream: each read gives one byte."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        """Tell that it is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Give the next byte."""
        byte = self._data.read(1)
        buffer[: len(byte)] = byte
        return len(byte)


def test_a_live_stream_is_read_as_it_comes() -> None:
    """What is there is enough; a read waits for no more."""
    source = Source(io.BufferedReader(Trickle(b"abcdef")))
    assert source.has(2)
    assert source.data == b"ab"
    assert (source.take(4, Damage.IN_BLOCK), source.offset) == (b"abcd", 4)


def test_pieces_are_put_together_once() -> None:
    """However small they are: else a megabyte that comes byte by byte is half a terabyte to copy."""
    lengths = set()

    class Watching(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            lengths.add(len(source.data))
            return super().read1(min(size or 1, 1))

    source = Source(Watching(b"abcdef"))
    source.take(2, Damage.IN_BLOCK)
    lengths.clear()
    assert source.take(4, Damage.IN_BLOCK) == b"cdef"
    assert len(lengths) == 1


def test_an_early_end_is_told_with_its_place() -> None:
    """The offset is where the unread part began."""
    source = Source(io.BytesIO(b"abcdef"))
    source.skip(5, Damage.IN_BLOCK)
    with pytest.raises(CaptureDamaged, match="damaged at byte 5: ends in the middle of a block"):
        source.take(2, Damage.IN_BLOCK)


def test_memory_does_not_grow_with_what_was_read() -> None:
    """A gigabyte is read in parts."""
    source = Source(io.BytesIO(bytes(10_000_000)))
    longest = 0
    while source.has(1000):
        source.at += 1000
        longest = max(longest, len(source.data))
    assert longest < 600_000
    assert source.offset == 10_000_000


@pytest.mark.parametrize(("start", "says"), [(b"\x1f\x8b\x08\x00", "starts with 1f 8b 08 00"), (b"", "is empty")])
def test_what_is_no_capture_is_told_by_its_start(start: bytes, says: str) -> None:
    """One line, from which an expert knows what it is."""
    assert str(NotACapture(start)) == f"neither pcap nor pcapng: it {says}"
