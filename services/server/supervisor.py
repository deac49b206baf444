"""Starts the workers, replaces those that die, and has them drain when the server is told to stop.

The drain: workers stop accepting, and finish the echoes that are open. Those that take longer than the drain time-out
allows are killed.
"""

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

# Delay before a worker that died is replaced; it doubles with each early death in a row.
_FIRST_DELAY_S = 0.1
_MAX_DELAY_S = 5.0

# A worker that dies within 2 s failed at start; after five in a row, give up.
_YOUNG_S = 2.0
_MAX_YOUNG_DEATHS = 5

# Workers that still run this long after the drain time-out are killed.
_EXTRA_S = 2.0


@dataclass
class _Child:
    """A process to keep running. While it does not run, `pid` is None, and it is due to start at `start_at_s`."""

    name: str
    work: Callable[[], int]
    death_signal: signal.Signals = signal.SIGTERM
    row: memoryview | None = None
    pid: int | None = None
    started_s: float = 0.0
    start_at_s: float = 0.0
    young_deaths: int = 0  # early deaths in a row
    failed_forks: int = 0  # in a row
    codes: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Fork the process; raise OSError if that fails."""
        self.started_s = time.monotonic()
        self.pid = fork(self.work, self.death_signal)
        self.failed_forks = 0

    def put_off(self, failures: int) -> int:
        """Delay the next start, twice as long for each failure so far; return the delay in milliseconds."""
        delay_s = min(_FIRST_DELAY_S * 2.0**failures, _MAX_DELAY_S)
        self.start_at_s = time.monotonic() + delay_s
        return round(delay_s * 1000)


class Supervisor:
    """Starts `workers` (and an `observer`), replaces those that end, and stops all of them when told."""

    def __init__(
        self,
        workers: Sequence[Callable[[], int]],
        observer: Callable[[], int] | None,
        counters: Counters,
        wakeup: socket.socket,
        drain_timeout_s: float,
        log: Log,
    ) -> None:
        self._workers = [_Child(f"worker {index}", work, row=counters.row(index)) for index, work in enumerate(workers)]
        # The observer ignores the signals that stop a server, and has nothing to finish: it is killed.
        self._others = [_Child("observer", observer, death_signal=signal.SIGKILL)] if observer else []
        self._counters = counters
        self._wakeup = wakeup
        self._drain_timeout_s = drain_timeout_s
        self._log = log
        self._deadline_s: float | None = None  # when the drain is over; None before it has begun
        self._failed = False

    def run(self) -> bool:
        """Keep everything running until told to stop; tell whether every worker drained without a cut."""
        self._start_due()
        self._main_loop()
        self._signal(self._others, signal.SIGKILL)
        return not self._failed and all(code == DRAINED for child in self._workers for code in child.codes)

    def _main_loop(self) -> None:
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        while self._deadline_s is None or any(child.pid for child in self._workers):
            if poll.poll(self._count_down_s() * 1000):
                signals = self._wakeup.recv(4096)
                # Handle stop signals before deaths: where the whole process group got one, workers end too, and have
                # not crashed.
                for signum in signals:
                    if signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                        self._on_stop_signal(signal.Signals(signum))
                self._reap()
            self._start_due()
            self._kill_late()

    def _count_down_s(self) -> float:
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
        has_drained = child.row is not None and code in (DRAINED, CUT)
        if has_drained or self._deadline_s is not None:
            child.codes.append(code)
        if self._deadline_s is not None:
            if not has_drained and child.row is not None:
                self._log.error("worker_died", worker=child.name, exit_code=code)
            return
        if child.row is not None:
            self._close_books(child.row)
        if has_drained:
            # Somebody else sent it SIGTERM. Its successor takes over the listener and the accept queue.
            self._log.warning("worker_left", worker=child.name, exit_code=code, restart_in_ms=child.put_off(0))
            return
        is_young = time.monotonic() - child.started_s < _YOUNG_S
        child.young_deaths = child.young_deaths + 1 if is_young else 0
        if child.young_deaths >= _MAX_YOUNG_DEATHS:
            self._log.error("workers_failing", worker=child.name, exit_code=code, deaths_at_start=child.young_deaths)
            self._failed = True
            self._stop("workers_failing")
            return
        restart_in_ms = child.put_off(child.young_deaths)
        self._log.error("worker_died", worker=child.name, exit_code=code, restart_in_ms=restart_in_ms)

    @staticmethod
    def _close_books(row: memoryview) -> None:
        """Count a dead worker's connections as closed with an error: the kernel has reset them."""
        row[Column.RESTARTS] += 1
        closed = sum(row[Column.CLOSED_PEER_FINISHED : Column.CLOSED_ERROR + 1])
        row[Column.CLOSED_ERROR] += row[Column.ACCEPTED] - closed

    def _start_due(self) -> None:
        for child in (*self._workers, *self._others):
            if self._deadline_s is None and child.pid is None and child.start_at_s <= time.monotonic():
                self._start(child)

    def _start(self, child: _Child) -> None:
        try:
            child.start()
        except OSError as error:
            # EAGAIN: the limit of processes is reached (pids.max, RLIMIT_NPROC). Try again later.
            retry_in_ms = child.put_off(child.failed_forks)
            child.failed_forks += 1
            self._log.error("worker_not_started", worker=child.name, why=error.strerror, retry_in_ms=retry_in_ms)

    def _on_stop_signal(self, signum: signal.Signals) -> None:
        if self._deadline_s is None:
            self._stop(signum.name)
        elif (
            signum != signal.SIGHUP
        ):  # a shell and its terminal may both send SIGHUP: the second one asks for nothing new
            self._signal(self._workers, signal.SIGQUIT)

    def _stop(self, why: str) -> None:
        self._log.info("drain_started", signal=why)
        self._deadline_s = time.monotonic() + self._drain_timeout_s + _EXTRA_S
        self._counters.stop()
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
