"""What becomes of log lines that cannot be written."""

import io
import os
import select
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TextIO

import pytest

from shared.sink import Sink
from tests.unit.harness.facts import DEADLINE_S


class NotingSink(Sink):
    """Notes how long it would wait for room, each time."""

    def __init__(self, stream: TextIO, notice: Callable[[int, str], bytes]) -> None:
        super().__init__(stream, notice)
        self.waits_ms: list[int] = []

    def _is_writable(self, fd: int, within_ms: int) -> bool:
        self.waits_ms.append(within_ms)
        return super()._is_writable(fd, within_ms)


class Pipe:
    """A pipe with a sink on it."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe()
        self.stream: TextIO = os.fdopen(writer, "w")
        self.sink = NotingSink(self.stream, lambda count, why: f"{count} dropped: {why}\n".encode())

    def fill(self) -> int:
        """Write until there is no room; return how much that was."""
        os.set_blocking(self.stream.fileno(), False)
        written = 0
        try:
            while True:
                written += os.write(self.stream.fileno(), b"." * select.PIPE_BUF)
        except BlockingIOError:
            os.set_blocking(self.stream.fileno(), True)
            return written

    def read(self) -> bytes:
        """Return what is in it."""
        return os.read(self.reader, 1_048_576)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Give a pipe, open at both ends."""
    pipe = Pipe()
    yield pipe
    with open(os.devnull, "w") as null:  # noqa: PTH123 - a device
        os.dup2(null.fileno(), pipe.stream.fileno())
    pipe.stream.close()
    os.close(pipe.reader)


def test_a_line_is_written_as_it_is(pipe: Pipe) -> None:
    """At once, with nothing before it."""
    pipe.sink.info(b"one\n")
    assert pipe.read() == b"one\n"


def test_a_line_longer_than_a_pipe_takes_at_once_is_written_whole(pipe: Pipe) -> None:
    """A traceback is such a line."""
    line = b"x" * (3 * select.PIPE_BUF) + b"\n"
    pipe.sink.error(line)
    assert pipe.read() == line


def test_a_reader_that_has_gone_costs_only_the_lines(pipe: Pipe) -> None:
    """`2>&1 | head` ends the reading, not the echo."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, pipe.reader)
    os.close(null)
    for _ in range(3):
        pipe.sink.info(b"one\n")
    assert pipe.sink.dropped == 3


def test_a_reader_that_does_not_read_is_not_waited_for(pipe: Pipe) -> None:
    """A terminal that was stopped by Ctrl-S does not stop the echo; when it goes on, it is told what it missed."""
    held = pipe.fill()
    pipe.sink.info(b"one\n")
    pipe.sink.info(b"two\n")
    assert pipe.sink.dropped == 2
    assert len(pipe.read()) == held
    pipe.sink.info(b"three\n")
    assert pipe.read() == b"2 dropped: nobody reads it\nthree\n"
    assert pipe.sink.dropped == 0


def test_a_reader_is_waited_for_once_and_not_long(pipe: Pipe) -> None:
    """For 100 ms, then not at all while lines are dropped: with a wait for each, the echo would stand still."""
    pipe.fill()
    for _ in range(3):
        pipe.sink.info(b"one\n")
    assert pipe.sink.waits_ms == [100, 0, 0]
    pipe.read()
    for _ in range(2):
        pipe.sink.info(b"two\n")
    assert pipe.sink.waits_ms[3:] == [0, 100]


def test_a_full_disk_costs_only_the_lines() -> None:
    """Nothing is raised, and what was not written is not tried again."""
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        sink = Sink(full, lambda _, __: b"")
        sink.warning(b"one\n")
        full.flush()
    assert sink.dropped == 1


def test_a_line_that_was_cut_short_does_not_spoil_the_next(pipe: Pipe) -> None:
    """It is ended first."""
    held = pipe.fill()
    os.read(pipe.reader, select.PIPE_BUF)  # room for the beginning of a line
    pipe.sink.info(b"x" * (2 * select.PIPE_BUF) + b"\n")
    assert pipe.read()[held - select.PIPE_BUF :] == b"x" * select.PIPE_BUF
    pipe.sink.info(b"two\n")
    assert pipe.read() == b"\n1 dropped: nobody reads it\ntwo\n"


def test_a_closed_stream_costs_only_the_lines() -> None:
    """As at the very end of a process."""
    stream = io.TextIOWrapper(io.BytesIO())
    sink = Sink(stream, lambda _, __: b"")
    stream.close()
    sink.info(b"one\n")
    assert sink.dropped == 1


def test_no_stream_at_all_is_no_failure() -> None:
    """A process can be started with its standard error closed."""
    sink = Sink(None, lambda _, __: b"")
    sink.info(b"one\n")
    assert sink.dropped == 0


def test_threads_that_write_at_once_do_not_hinder_each_other(pipe: Pipe) -> None:
    """The tap's two, for one: while one waits for room, another writes."""
    pipe.fill()
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(pipe.sink.info, b"line\n") for _ in range(4)]
        assert [one.exception(DEADLINE_S) for one in waiting] == [None] * 4
    assert pipe.sink.dropped > 0
