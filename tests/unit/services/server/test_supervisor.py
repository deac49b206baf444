"""The supervisor with real children: itself in a process of its own, because it reaps every child that it finds."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, TypeAlias

import orjson
import pytest
import structlog

from services.server import supervisor
from services.server.echo.counters import Column, Counters
from services.server.supervisor import Supervisor
from services.server.worker import CUT, DRAINED, die_by_signal, fork
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
            wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
            return not Supervisor(works, observer, self.counters, wakeup, drain_timeout_s, log).run()

        self.pid = fork(supervise)
        os.close(writer)
        self._reader = threading.Thread(target=self._read, args=(reader,))
        self._reader.start()

    def wait_for(self, event: str) -> dict[str, Any]:
        """Return the first line of this event as soon as it is there."""
        return self._lines.wait_for(lambda line: line["event"] == event)

    def restarts_in_ms(self) -> list[int]:
        """Return how long each worker that died was waited with so far."""
        return [line["restart_in_ms"] for line in self._lines.so_far() if line["event"] == "worker_died"]

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


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervised]]:
    """Start supervisors; each is ended with the test."""
    with ExitStack() as stack:

        def start(*workers: Work, **options: Any) -> Supervised:
            running = Supervised(*workers, **options)
            stack.callback(running.close)
            return running

        yield start


def until_told(row: memoryview, *, told: int = DRAINED, insisted: int = CUT) -> int:
    """Work until SIGTERM (or SIGQUIT); the row's clock shows the pid, which no counter has a use for."""
    row[Column.TICK_NS] = os.getpid()
    return told if next(_signals()) == signal.SIGTERM else insisted


def deaf(row: memoryview) -> int:
    """Work on after SIGTERM; only SIGQUIT, or SIGKILL, ends it."""
    row[Column.TICK_NS] = os.getpid()
    return CUT if signal.SIGQUIT in _signals() else DRAINED


def broken(_: memoryview) -> int:
    """Die at start."""
    return 70


def _signals() -> Iterator[int]:
    wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGQUIT)
    wakeup.setblocking(True)
    while True:
        yield from wakeup.recv(1)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_the_stop_is_passed_on_and_waited_for(supervise: Callable[..., Supervised], signum: signal.Signals) -> None:
    """Whichever signal it is, every worker is told to drain, and the whole has drained when all of them have."""
    running = supervise(until_told, until_told)
    running.pid_of(0)
    running.pid_of(1)
    running.signal(signum)
    assert running.drained()
    assert running.wait_for("drain_started")["signal"] == signum.name


def test_one_cut_connection_is_one_too_many(supervise: Callable[..., Supervised]) -> None:
    """The whole has not drained when one worker had to cut a connection."""
    running = supervise(until_told, partial(until_told, told=CUT))
    running.pid_of(1)
    running.signal(signal.SIGTERM)
    assert not running.drained()


def test_told_twice_it_waits_for_nobody(supervise: Callable[..., Supervised]) -> None:
    """The second signal ends workers that still drain."""
    running = supervise(deaf, drain_timeout_s=60)
    running.pid_of(0)
    running.signal(signal.SIGTERM)
    running.wait_for("drain_started")
    running.signal(signal.SIGINT)
    assert not running.drained()


def test_a_worker_that_does_not_end_is_killed(
    supervise: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some time after the drain's own deadline nothing is waited for any more."""
    monkeypatch.setattr(supervisor, "_EXTRA_S", 0.05)
    running = supervise(deaf, drain_timeout_s=0.05)
    running.pid_of(0)
    running.signal(signal.SIGTERM)
    assert not running.drained()
    assert running.wait_for("worker_died")["exit_code"] == -signal.SIGKILL


def test_a_dead_worker_is_replaced_and_its_connections_are_counted_as_ended(
    supervise: Callable[..., Supervised],
) -> None:
    """The other goes on, the counters go on from where they were, and the log says who died of what."""
    running = supervise(until_told, until_told)
    row = running.counters.row(0)
    first, other = running.pid_of(0), running.pid_of(1)
    row[Column.ACCEPTED], row[Column.CLOSED_RESET] = 5, 2
    os.kill(first, signal.SIGKILL)
    running.pid_of(0, before=first)
    assert running.pid_of(1) == other
    assert (row[Column.RESTARTS], row[Column.CLOSED_ERROR], running.counters.open_connections()) == (1, 3, 0)
    died = running.wait_for("worker_died")
    assert (died["worker"], died["exit_code"]) == ("worker 0", -signal.SIGKILL)
    running.signal(signal.SIGTERM)
    assert running.drained()


def test_workers_that_die_at_start_end_the_server(
    supervise: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt is waited for twice as long; after five it gives up, lets the others drain, and says why."""
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_S", 0.005)
    running = supervise(until_told, broken)
    assert not running.drained()
    assert running.restarts_in_ms() == [10, 20, 40, 80]
    failing = running.wait_for("workers_failing")
    assert (failing["worker"], failing["exit_code"], failing["deaths_at_start"]) == ("worker 1", 70, 5)
    assert running.wait_for("drain_started")["signal"] == "workers_failing"


def test_a_stop_does_not_wait_for_a_worker_that_is_yet_to_be_replaced(
    supervise: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is started to be told to go, and its death before the stop is not held against the drain."""
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_S", 30)
    running = supervise(until_told, broken)
    running.pid_of(0)
    running.wait_for("worker_died")
    running.signal(signal.SIGTERM)
    assert running.drained()


def test_a_worker_that_dies_in_the_drain_has_not_drained(supervise: Callable[..., Supervised]) -> None:
    """Its connections are lost: it is not replaced, the log says so, and so does the outcome."""
    running = supervise(deaf)
    first = running.pid_of(0)
    running.signal(signal.SIGTERM)
    running.wait_for("drain_started")
    os.kill(first, signal.SIGKILL)
    assert not running.drained()
    assert running.wait_for("worker_died")["exit_code"] == -signal.SIGKILL
    assert running.pid_of(0) == first


def test_the_observer_is_replaced_and_not_waited_for(
    supervise: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves whoever watches for as long as there is a worker, and has nothing to finish."""
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_S", 0.005)
    reader, writer = os.pipe()

    def observe() -> int:
        die_by_signal()
        os.write(writer, b"%d\n" % os.getpid())
        signal.pause()
        return 0

    running = supervise(until_told, observer=observe)
    running.pid_of(0)
    with os.fdopen(reader, "rb", buffering=0) as pids:
        os.close(writer)
        os.kill(int(pids.readline()), signal.SIGKILL)
        assert int(pids.readline())
        assert running.wait_for("worker_died")["worker"] == "observer"
        running.signal(signal.SIGTERM)
        assert running.drained()
        assert pids.read() == b""  # the last that could write is gone
