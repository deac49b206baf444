"""Where log lines go: a stream whose failures never stop the service."""

import errno
import os
import select
import sys
from collections.abc import Callable
from typing import Any, TextIO

# A reader that does not read is waited for this long, once; then lines are dropped until it reads again.
_PATIENCE_MS = 100


class Sink:
    """Writes each line whole, or drops it.

    A line of up to PIPE_BUF bytes is one write, so that processes sharing a pipe never cut into each other. `dropped`
    counts the lines that could not be written since the last one that could, `why` is the last one's reason; of both
    `notice` makes a line, which is written before the next one.
    """

    def __init__(self, stream: TextIO | None, notice: Callable[[int, str], bytes]) -> None:
        self.dropped = 0
        self.reader_has_left = False
        self.why = ""
        self._notice = notice
        self._ends_in_a_line_cut_short = False
        # Unbuffered: a buffer would try again to write what failed whenever it is flushed, and failing at exit would
        # change the exit code. None: standard error was closed when the process started.
        self._raw: Any = None if stream is None else getattr(stream.buffer, "raw", stream.buffer)
        self._fd = _fd_of(self._raw)

    def msg(self, line: bytes) -> None:
        """Write a line, which brings its own newline; never raise, never wait long."""
        if self._raw is None:
            return
        if self.dropped:
            line = self._notice(self.dropped, self.why) + line
        if self._ends_in_a_line_cut_short:
            line = b"\n" + line
        written = 0
        try:
            while written < len(line):
                written += self._write(line[written : written + select.PIPE_BUF])
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            self.dropped += 1
            self.why = getattr(error, "strerror", None) or str(error)
            self.reader_has_left = isinstance(error, BrokenPipeError)
            if written:
                self._ends_in_a_line_cut_short = True
        else:
            self.dropped = 0
            self._ends_in_a_line_cut_short = False

    debug = info = warning = error = critical = msg

    def _write(self, part: bytes) -> int:
        # A pipe that is writable takes PIPE_BUF bytes without blocking.
        if self._fd is not None and not self._is_writable(self._fd, 0 if self.dropped else _PATIENCE_MS):
            raise BlockingIOError(errno.EAGAIN, "nobody reads it")
        count = self._raw.write(part)
        if not count:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return int(count)

    def _is_writable(self, fd: int, within_ms: int) -> bool:
        # An object of its own each time: threads log at once, and one object refuses a poll() while another is waiting.
        # No lock, which a fork could leave locked for ever in the child.
        poll = select.poll()
        poll.register(fd, select.POLLOUT)
        return bool(poll.poll(within_ms))


def complain(service: str, why: object) -> None:
    """Tell the user why a service cannot go on; where standard error is closed or full there is nobody to be told."""
    Sink(sys.stderr, lambda _, __: b"").msg(f"{service}: {why}\n".encode(errors="backslashreplace"))


def _fd_of(raw: Any) -> int | None:
    """Return a stream's descriptor; None for one in memory."""
    try:
        return int(raw.fileno())
    except (AttributeError, OSError, ValueError):
        return None
