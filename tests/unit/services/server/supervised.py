"""A supervisor with real children, in a process of its own: it reaps every child that it finds."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

import orjson
import structlog

from services.server.echo.counters import Column, Counters
from services.server.supervisor import Supervisor
from services.server.worker import CUT, DRAINED, fork
from shared.signals import signals_as_bytes
from tests.unit.harness.facts import Facts, eventually

Work: TypeAlias = Callable[[memoryview], int]


class Supervised:
    """A running supervisor: its log, its counters, and how it ended."""

    def __init__(self, *workers: Work, observer: Callable[[], int] | None = None, drain_timeout_s: float = 5) -> None:
        self.counters = Counters(len(workers))
        works = [partial(work, self.counters.row(number)) for number, work in enumerate(workers)]
        self._lines = Facts[dict[str, Any]]()
        reader, writer = os.pipe()

        def supervise() -> int:
            to_json = structlog.processors.JSONRenderer(serializer=orjson.dumps)
            log: Any = structlog.wrap_logger(
                structlog.BytesLogger(os.fdopen(writer, "wb", buffering=0)),
                processors=[to_json],
                wrapper_class=structlog.make_filtering_bound_logger("info"),
            )
            wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
            return not Supervisor(works, observer, self.counters, wakeup, drain_timeout_s, log).run()

        self.pid = fork(supervise)
        os.close(writer)
        self._reader = threading.Thread(target=self._read, args=(reader,))
        self._reader.start()

    def wait_for(self, event: str) -> dict[str, Any]:
        """Return the first line of this event as soon as it is there."""
        return self._lines.wait_for(lambda line: line["event"] == event)

    def events(self) -> list[str]:
        """Return the events of its log so far."""
        return [line["event"] for line in self._lines.so_far()]

    def restarts_in_ms(self) -> list[int]:
        """Return how long each worker that died was waited with so far."""
        return [line["restart_in_ms"] for line in self._lines.so_far() if line["event"] == "worker_died"]

    def retries_in_ms(self) -> list[int]:
        """Return how long each start that failed was waited with so far."""
        return [line["retry_in_ms"] for line in self._lines.so_far() if line["event"] == "worker_not_started"]

    def pid_of(self, worker: int, *, before: int = 0) -> int:
        """Return the pid of a worker as soon as it runs, another than `before`."""
        row = self.counters.row(worker)
        assert eventually(lambda: row[Column.TICK_NS] not in (0, before))
        return int(row[Column.TICK_NS])

    def signal(self, signum: signal.Signals) -> None:
        """Send the supervisor a signal."""
        os.kill(self.pid, signum)

    def drained(self) -> bool:
        """Tell what run() returned, as soon as it has."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]) == 0

    def close(self) -> None:
        """End it if it still runs; its children end with it."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self._reader.join()

    def _read(self, reader: int) -> None:
        # Ends when the last process has gone that could write: no child outlives its test unseen.
        with os.fdopen(reader, "rb") as lines:
            for line in lines:
                self._lines.tell(orjson.loads(line))


def until_told(row: memoryview, *, told: int = DRAINED, insisted: int = CUT) -> int:
    """Work until SIGTERM (or SIGQUIT); the row's clock shows the pid, which no counter has a use for."""
    row[Column.TICK_NS] = os.getpid()
    return told if next(_signals()) == signal.SIGTERM else insisted


def deaf(row: memoryview) -> int:
    """Work on after SIGTERM; only SIGQUIT, or SIGKILL, ends it."""
    row[Column.TICK_NS] = os.getpid()
    return CUT if signal.SIGQUIT in _signals() else DRAINED


def told_twice(row: memoryview) -> int:
    """Work until the second SIGTERM, and count each signal: SIGTERM as accepted, SIGQUIT as cut."""
    row[Column.TICK_NS] = os.getpid()
    for signum in _signals():
        row[Column.CUT if signum == signal.SIGQUIT else Column.ACCEPTED] += 1
        if row[Column.ACCEPTED] == 2:
            break
    return DRAINED


def broken(_: memoryview) -> int:
    """Die at start."""
    return 70


def _signals() -> Iterator[int]:
    wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGQUIT)
    wakeup.setblocking(True)
    while True:
        yield from wakeup.recv(1)
