"""The supervisor's workers are replaced, and what that has to do with the rest."""

import errno
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from services.server import supervisor
from services.server.echo.counters import Column
from services.server.worker import DRAINED, fork, ignore_stop_signals
from tests.unit.services.server.supervised import Supervised, broken, deaf, until_told


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


def test_workers_that_die_old_are_replaced_without_end(
    supervise: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each death is as the first: it says nothing about the next start."""
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_S", 0.005)
    monkeypatch.setattr(supervisor, "_YOUNG_S", 0)
    running = supervise(until_told)
    worker = running.pid_of(0)
    for _ in range(6):
        os.kill(worker, signal.SIGKILL)
        worker = running.pid_of(0, before=worker)
    running.signal(signal.SIGTERM)
    assert running.drained()
    assert running.restarts_in_ms() == [5] * 6


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
        ignore_stop_signals()
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


def test_a_worker_that_leaves_in_order_is_replaced(supervise: Callable[..., Supervised]) -> None:
    """Somebody else than its supervisor told it to go. That is neither a crash nor a stop of the server."""
    running = supervise(until_told)
    first = running.pid_of(0)
    for _ in range(6):  # more often than a worker may die at start
        os.kill(first, signal.SIGTERM)
        first = running.pid_of(0, before=first)
    assert running.wait_for("worker_left")["exit_code"] == DRAINED
    assert not running.counters.is_stopping
    running.signal(signal.SIGTERM)
    assert running.drained()
    assert running.restarts_in_ms() == []


def test_a_cut_by_a_worker_that_left_is_not_forgotten(supervise: Callable[..., Supervised]) -> None:
    """The server's exit code tells of every connection that it has cut."""
    running = supervise(until_told)
    first = running.pid_of(0)
    os.kill(first, signal.SIGQUIT)
    running.pid_of(0, before=first)
    running.signal(signal.SIGTERM)
    assert not running.drained()


def test_where_no_process_can_be_had_it_tries_again(
    supervise: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit may be reached for a moment: the others go on, each attempt has its line, and the worker comes back.

    Each attempt is waited for twice as long; after one that succeeded it begins anew.
    """
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_S", 0.005)
    attempts = iter(range(100))

    def fork_with_failures(*arguments: Any) -> int:
        if next(attempts) in {2, 3, 4, 6, 7}:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork(*arguments)

    monkeypatch.setattr(supervisor, "fork", fork_with_failures)
    running = supervise(until_told, until_told)
    first, other = running.pid_of(0), running.pid_of(1)
    os.kill(first, signal.SIGKILL)
    running.pid_of(0, before=first)
    assert running.pid_of(1) == other
    assert running.wait_for("worker_not_started")["why"] == "Resource temporarily unavailable"
    second = running.pid_of(0)
    os.kill(second, signal.SIGKILL)
    running.pid_of(0, before=second)
    assert running.retries_in_ms() == [5, 10, 20, 5, 10]
    running.signal(signal.SIGTERM)
    assert running.drained()
