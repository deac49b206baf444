"""Reading a capture of either format, or of none."""

import errno
import gzip
import io
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.scope.capture.frames import CaptureDamaged, CaptureError, Frame, NotACapture
from services.scope.capture.reader import read_capture, read_uncompressed
from tests.unit.services.scope.harness.files import enhanced, interface, pcap, section

CLASSIC = pcap("<", [(1, b"abc"), (2, b"defgh")], nanoseconds=True)
NEXT_GENERATION = section("<") + interface("<") + enhanced("<", 0, 1, b"abc") + enhanced("<", 0, 2, b"defgh")


@pytest.mark.parametrize("data", [CLASSIC, NEXT_GENERATION])
def test_the_format_is_found_by_its_magic(data: bytes) -> None:
    """Nobody has to say it."""
    assert [frame.captured for frame in read_capture(io.BytesIO(data))] == [b"abc", b"defgh"]


@pytest.mark.parametrize("data", [b"", b"\x1f\x8c\x08\x00", b"GET / HTTP/1.1\r\n", b"\xd4\xc3"])
def test_something_else_is_no_capture(data: bytes) -> None:
    """Nor is an empty file."""
    with pytest.raises(NotACapture):
        next(read_capture(io.BytesIO(data)))


def test_a_stream_that_fails_is_damage() -> None:
    """A disk's, or a network's: what was read is given, and the system's reason is told."""

    class Failing(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            if self.tell() == len(CLASSIC):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return super().read1(size)

    frames = read_capture(Failing(CLASSIC))
    assert [next(frames).captured, next(frames).captured] == [b"abc", b"defgh"]
    with pytest.raises(CaptureDamaged, match=rf"byte {len(CLASSIC)}: cannot be read any further \(Input/output error"):
        next(frames)


def test_a_compressed_capture_is_none_where_only_plain_ones_are_taken() -> None:
    """Damage is cut off there by its place in the file, which compression hides."""
    assert len(list(read_uncompressed(io.BytesIO(CLASSIC)))) == 2
    with pytest.raises(NotACapture):
        next(read_uncompressed(io.BytesIO(gzip.compress(CLASSIC))))


def read(data: bytes) -> tuple[list[Frame], str | None]:
    """Return the frames of a file, and what is wrong with it."""
    frames: list[Frame] = []
    try:
        for frame in read_capture(io.BytesIO(data)):
            frames.append(frame)  # noqa: PERF402 - those before the damage stay
    except CaptureError as error:
        return frames, str(error)
    return frames, None


@given(data=st.binary(max_size=200), start=st.sampled_from([CLASSIC[:24], NEXT_GENERATION[:28], NEXT_GENERATION[:48]]))
@example(data=b"", start=CLASSIC[:10])
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    """No input is an error of ours, or without end, and a refusal is one line."""
    frames, wrong = read(start + data)
    assert len(frames) <= len(data) / 12
    assert "\n" not in (wrong or "")


@given(position=st.integers(4, len(NEXT_GENERATION) - 1), byte=st.integers(0, 255))
def test_one_wrong_byte_costs_no_frame_before_it(position: int, byte: int) -> None:
    """What was whole is given before the damage is told."""
    data = bytearray(NEXT_GENERATION)
    data[position] = byte
    frames, _ = read(bytes(data))
    last_begins = len(NEXT_GENERATION) - len(enhanced("<", 0, 2, b"defgh"))
    assert position < last_begins or frames[0].captured == b"abc"
