"""Keeps the workers alive, passes the stop on to them, and speaks for the whole."""

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.server.echo.counters import Column, Counters
from services.server.worker import CUT, DRAINED, fork
from shared.log import Log

# A worker that dies is replaced after this, twice as long each time that it dies young.
_FIRST_DELAY_S = 0.1
_MAX_DELAY_S = 5.0

# Dying younger than this is dying at start; so many times in a row, and there is no point in going on.
_YOUNG_S = 2.0
_MAX_YOUNG_DEATHS = 5

# What the workers get beyond the drain time-out before they are killed.
_EXTRA_S = 2.0


@dataclass
class _Child:
    """One process that is to run, whatever its pid at the moment (None: to be started at `start_at_s`)."""

    name: str
    work: Callable[[], int]
    row: memoryview | None = None
    pid: int | None = None
    started_s: float = 0.0
    start_at_s: float = 0.0
    young_deaths: int = 0
    codes: list[int] = field(default_factory=list)

    def start(self) -> None:
        self.started_s = time.monotonic()
        self.pid = fork(self.work)


class Supervisor:
    """Starts `workers` (and an `observer`), restarts what dies, and ends when told and drained."""

    def __init__(
        self,
        workers: Sequence[Callable[[], int]],
        observer: Callable[[], int] | None,
        counters: Counters,
        wakeup: socket.socket,
        drain_timeout_s: float,
        log: Log,
    ) -> None:
        self._workers = [_Child(f"worker {index}", work, counters.row(index)) for index, work in enumerate(workers)]
        self._others = [_Child("observer", observer)] if observer else []
        self._wakeup = wakeup
        self._drain_timeout_s = drain_timeout_s
        self._log = log
        self._deadline_s: float | None = None
        self._failed = False

    def run(self) -> bool:
        """Keep everything running until told to stop; tell whether every worker drained without a cut."""
        for child in (*self._workers, *self._others):
            child.start()
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        while self._deadline_s is None or any(child.pid for child in self._workers):
            if poll.poll(self._until_next_s() * 1000):
                signals = self._wakeup.recv(4096)
                self._reap()
                for signum in signals:
                    if signum in (signal.SIGTERM, signal.SIGINT):
                        self._stop(signal.Signals(signum).name)
            self._start_due()
            self._kill_late()
        self._signal(self._others, signal.SIGKILL)  # it has nothing to finish
        return not self._failed and all(code == DRAINED for child in self._workers for code in child.codes)

    def _until_next_s(self) -> float:
        times = [child.start_at_s for child in (*self._workers, *self._others) if child.pid is None]
        if self._deadline_s is not None:
            times = [self._deadline_s]
        return max(0.0, min(times, default=time.monotonic() + 60) - time.monotonic())

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for child in (*self._workers, *self._others):
                if child.pid == pid:
                    child.pid = None
                    self._died(child, os.waitstatus_to_exitcode(status))

    def _died(self, child: _Child, code: int) -> None:
        if self._deadline_s is not None:
            child.codes.append(code)
            if code not in (DRAINED, CUT):
                self._log.error("worker_died", worker=child.name, exit_code=code)
            return
        now_s = time.monotonic()
        young = now_s - child.started_s < _YOUNG_S
        child.young_deaths = child.young_deaths + 1 if young else 0
        if child.young_deaths >= _MAX_YOUNG_DEATHS:
            self._log.error("workers_failing", worker=child.name, exit_code=code, deaths_at_start=child.young_deaths)
            self._failed = True
            self._stop("workers_failing")
            return
        delay_s = min(_FIRST_DELAY_S * 2**child.young_deaths, _MAX_DELAY_S)
        child.start_at_s = now_s + delay_s
        self._log.error("worker_died", worker=child.name, exit_code=code, restart_in_ms=round(delay_s * 1000))
        if child.row is not None:
            self._close_books(child.row)

    @staticmethod
    def _close_books(row: memoryview) -> None:
        """Count a dead worker's connections as ended: the kernel has reset them."""
        row[Column.RESTARTS] += 1
        closed = sum(row[Column.CLOSED_PEER_FINISHED : Column.CLOSED_ERROR + 1])
        row[Column.CLOSED_ERROR] += row[Column.ACCEPTED] - closed

    def _start_due(self) -> None:
        if self._deadline_s is None:
            for child in (*self._workers, *self._others):
                if child.pid is None and child.start_at_s <= time.monotonic():
                    child.start()

    def _stop(self, why: str) -> None:
        if self._deadline_s is not None:  # told twice: no more waiting
            self._signal(self._workers, signal.SIGQUIT)
            return
        self._log.info("drain_started", signal=why)
        self._deadline_s = time.monotonic() + self._drain_timeout_s + _EXTRA_S
        self._signal(self._workers, signal.SIGTERM)

    def _kill_late(self) -> None:
        if self._deadline_s is not None and time.monotonic() >= self._deadline_s:
            self._signal(self._workers, signal.SIGKILL)
            self._deadline_s = time.monotonic() + _EXTRA_S

    @staticmethod
    def _signal(children: list[_Child], signum: signal.Signals) -> None:
        for child in children:
            if child.pid is not None:
                os.kill(child.pid, signum)
