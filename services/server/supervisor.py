"""Starts the workers, replaces those that die, and tells them to drain when the server is told to stop."""

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

# A worker that dies is replaced after this delay, which doubles each time that it dies young.
_FIRST_DELAY_S = 0.1
_MAX_DELAY_S = 5.0

# A worker that dies within 2 s failed at start; after five in a row, give up.
_YOUNG_S = 2.0
_MAX_YOUNG_DEATHS = 5

# So long after the drain time-out, workers that still run are killed.
_EXTRA_S = 2.0


@dataclass
class _Child:
    """A process that is to run. `pid` is None while it does not: it is started at `start_at_s`."""

    name: str
    work: Callable[[], int]
    death_signal: signal.Signals = signal.SIGTERM
    row: memoryview | None = None
    pid: int | None = None
    started_s: float = 0.0
    start_at_s: float = 0.0
    young_deaths: int = 0  # in a row
    failed_forks: int = 0  # in a row
    codes: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Raise OSError where no process can be had."""
        self.started_s = time.monotonic()
        self.pid = fork(self.work, self.death_signal)
        self.failed_forks = 0

    def put_off(self, failures: int) -> int:
        """Put off the next start by a time that doubles with each failure; return it in milliseconds."""
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
        # It ignores the signals that stop a server, and has nothing to finish.
        self._others = [_Child("observer", observer, death_signal=signal.SIGKILL)] if observer else []
        self._counters = counters
        self._wakeup = wakeup
        self._drain_timeout_s = drain_timeout_s
        self._log = log
        self._deadline_s: float | None = None  # of the drain, once there is one
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
            if poll.poll(self._until_next_s() * 1000):
                signals = self._wakeup.recv(4096)
                # Stops come before deaths: a signal to the whole process group ends workers too, which is no accident.
                for signum in signals:
                    if signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                        self._on_stop_signal(signal.Signals(signum))
                self._reap()
            self._start_due()
            self._kill_late()

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
        left_in_order = child.row is not None and code in (DRAINED, CUT)
        if left_in_order or self._deadline_s is not None:
            child.codes.append(code)
        if self._deadline_s is not None:
            if not left_in_order and child.row is not None:
                self._log.error("worker_died", worker=child.name, exit_code=code)
            return
        if child.row is not None:
            self._close_books(child.row)
        if left_in_order:
            # Told by somebody else than this supervisor: its successor takes over the listener, and all that waits.
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
        """Count a dead worker's connections as ended: the kernel has reset them."""
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
            # EAGAIN: the limit of processes is reached (pids.max, RLIMIT_NPROC); there may be room again.
            retry_in_ms = child.put_off(child.failed_forks)
            child.failed_forks += 1
            self._log.error("worker_not_started", worker=child.name, why=error.strerror, retry_in_ms=retry_in_ms)

    def _on_stop_signal(self, signum: signal.Signals) -> None:
        if self._deadline_s is None:
            self._stop(signum.name)
        elif signum != signal.SIGHUP:  # a shell and its terminal may both hang up: that is not told twice
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
