"""Reads strace's output while it is written, and passes on the call records in it."""

import os
import select
import time
from collections.abc import Callable

from shared.calls import Call, Report
from shared.strace.lines import read_line
from shared.strace.splitting import Splitter
from shared.strace.trace import Trace

_READ_BYTES = 65_536

# While the program makes no calls, `idle` is called this often.
_IDLE_S = 0.25


class Following:
    """Reads the pipe that strace writes to, until the last traced process has ended."""

    def __init__(self, reader: int, trace: Trace, report: Report, idle: Callable[[], None]) -> None:
        self.records = 0
        self._reader = reader
        self._trace = trace
        self._report = report
        self._idle = idle
        self._splitter = Splitter()

    def first(self, writer: int, has_ended: Callable[[], bool]) -> int | None:
        """Wait for the first line, and return its process id, the program's; None if strace ended without a line.

        `writer` is this process's writing end of the pipe. Once strace has opened it through /proc it is closed here,
        or the pipe would never end.
        """
        text = b""
        while b"\n" not in text and not has_ended():
            if select.select([self._reader], [], [], _IDLE_S)[0]:
                text += os.read(self._reader, _READ_BYTES)
        os.close(writer)
        line = read_line(text.split(b"\n")[0].decode(errors="replace"))
        self._take(self._splitter.feed(text))
        return line.pid if line is not None else None

    def run(self) -> None:
        """Read to the end."""
        while True:
            if not select.select([self._reader], [], [], _IDLE_S)[0]:
                self._idle()
                continue
            data = os.read(self._reader, _READ_BYTES)
            if not data:
                break
            self._take(self._splitter.feed(data))
            self._idle()
        self._take(self._splitter.rest())
        self._send(self._trace.finish())

    def _take(self, texts: list[str]) -> None:
        seen_ns = time.time_ns()
        for text in texts:
            self._send(self._trace.feed(text))
        self._send(self._trace.flush(seen_ns))

    def _send(self, calls: list[Call]) -> None:
        for call in calls:
            self._report(call)
            self.records += 1
