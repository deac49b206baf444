"""What a session sends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.errors import FileRewritten, FileShrunk, FileUnreadable
from services.client.payload import File, Payload, Random, Text, payload_of
from services.client.seeded import PERIOD_BYTES
from services.client.settings import ClientSettings

_SIZES = [0, 1, 1000, PERIOD_BYTES - 1, PERIOD_BYTES, PERIOD_BYTES + 1, 2_500_000]


@contextmanager
def file_payload(path: Path) -> Iterator[File]:
    """Give a file's payload, and close what a run keeps open for as long as the process lives."""
    payload = File(path)
    try:
        yield payload
    finally:
        payload._file.close()  # noqa: SLF001 - see above


def whole(payload: Payload, step: int = 1_000_000) -> bytes:
    """Read a payload from its start to its end."""
    data = b""
    while more := payload.read(len(data), step):
        data += more
    return data


@given(data=st.binary(max_size=300), offset=st.integers(0, 400), count=st.integers(0, 400))
def test_reading_a_message_at_any_offset_is_slicing(data: bytes, offset: int, count: int) -> None:
    """It gives the bytes from the offset on, fewer where they end, none behind it."""
    assert Text(data).read(offset, count) == data[offset : offset + count]


def test_reading_a_file_at_any_offset_is_slicing(tmp_path: Path) -> None:
    """It gives the bytes from the offset on, fewer where they end, none behind it."""
    path = tmp_path / "payload"
    data = bytes(range(200))
    path.write_bytes(data)
    with file_payload(path) as payload:

        @given(offset=st.integers(0, 300), count=st.integers(1, 300))
        def is_slicing(offset: int, count: int) -> None:
            assert payload.read(offset, count) == data[offset : offset + count]

        is_slicing()


@pytest.mark.parametrize("size", _SIZES)
def test_random_bytes_repeat_with_their_period(size: int) -> None:
    """They have the size that was asked for, whatever it is."""
    data = whole(Random(size))
    assert len(data) == size
    assert data[PERIOD_BYTES:] == data[:-PERIOD_BYTES]


@pytest.mark.parametrize("size", _SIZES)
def test_random_bytes_are_the_same_at_any_offset(size: int) -> None:
    """A read gives some of the stream's bytes from there, the same every time, and none only at its end."""
    data = whole(Random(size))
    payload = Random(size)

    @given(offset=st.integers(0, size + 2 * PERIOD_BYTES), count=st.integers(1, 70_000))
    def is_slicing(offset: int, count: int) -> None:
        chunk = payload.read(offset, count)
        assert chunk == data[offset : offset + len(chunk)]
        assert len(chunk) <= count
        assert bool(chunk) == (offset < size)

    is_slicing()


def test_what_is_appended_to_a_file_is_not_sent(tmp_path: Path) -> None:
    """The size counts from the moment when the payload was made."""
    path = tmp_path / "payload"
    path.write_bytes(b"before")
    with file_payload(path) as payload:
        path.write_bytes(b"before and after")
        assert whole(payload) == b"before"


def test_a_file_that_shrinks_is_named_with_the_offset(tmp_path: Path) -> None:
    """A file that lost bytes cannot be sent to its end, and the error says from where."""
    path = tmp_path / "payload"
    path.write_bytes(b"Hello")
    with file_payload(path) as payload:
        path.write_bytes(b"He")
        assert payload.read(0, 5) == b"He"
        with pytest.raises(FileShrunk, match="ends before byte 2"):
            payload.read(2, 3)


def test_a_file_that_was_written_to_cannot_be_compared_any_more(tmp_path: Path) -> None:
    """That another's bytes came back is not the server's fault; untouched, it can."""
    path = tmp_path / "payload"
    path.write_bytes(b"Hello")
    with file_payload(path) as payload:
        payload.verify_unchanged(1)
        os.utime(path, ns=(0, 1))  # as a write does, to a time that cannot be the same
        with pytest.raises(FileRewritten, match="from byte 1 on"):
            payload.verify_unchanged(1)


def test_a_file_that_cannot_be_read_is_no_lost_connection(tmp_path: Path) -> None:
    """The error names the file, the byte and the system's reason."""
    path = tmp_path / "payload"
    path.write_bytes(b"Hello")
    reader, writer = os.pipe()
    with file_payload(path) as payload:
        os.dup2(reader, payload._file.fileno())  # noqa: SLF001 - pread() fails on a pipe
        with pytest.raises(FileUnreadable, match="at byte 2: Illegal seek"):
            payload.read(2, 3)
    os.close(reader)
    os.close(writer)


def test_the_message_is_sent_as_utf_8() -> None:
    """Text leaves the client in the one encoding that everybody reads."""
    assert whole(payload_of(ClientSettings(message="你好"))) == b"\xe4\xbd\xa0\xe5\xa5\xbd"


def test_a_size_takes_the_place_of_the_message() -> None:
    """So many random bytes are sent, and no text."""
    assert whole(payload_of(ClientSettings(size_bytes=1000))) == whole(Random(1000))


def test_a_file_takes_the_place_of_the_message(tmp_path: Path) -> None:
    """Its bytes are sent as they are, and no text."""
    path = tmp_path / "payload"
    path.write_bytes(b"\0\xff")
    payload = payload_of(ClientSettings(file=path))
    assert isinstance(payload, File)
    assert whole(payload) == b"\0\xff"
    payload._file.close()  # noqa: SLF001 - as in file_payload
