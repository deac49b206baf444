"""The stop of a supervisor: passed on, waited for, and in the end enforced."""

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from services.server import supervisor
from services.server.echo.counters import Column
from services.server.worker import CUT, DRAINED
from tests.unit.harness.facts import eventually
from tests.unit.services.server.supervised import Supervised, deaf, told_twice, until_told


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


def test_workers_are_told_that_it_is_the_whole_server_that_stops(supervise: Callable[..., Supervised]) -> None:
    """Before they are told to go: they end the listeners then, which a successor would need."""

    def what_it_was_told(row: memoryview) -> int:
        until_told(row)
        return DRAINED if row[Column.STOPPING] else CUT

    running = supervise(what_it_was_told)
    running.pid_of(0)
    running.signal(signal.SIGTERM)
    assert running.drained()


def test_a_stop_of_the_whole_process_group_is_no_accident(supervise: Callable[..., Supervised]) -> None:
    """A worker that got the signal as well, and is gone before its supervisor has read it, has just drained."""
    running = supervise(until_told)
    worker = running.pid_of(0)
    running.signal(signal.SIGSTOP)
    os.kill(worker, signal.SIGTERM)
    assert eventually(lambda: Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
    running.signal(signal.SIGTERM)
    running.signal(signal.SIGCONT)
    assert running.drained()
    assert running.events() == ["drain_started"]


def test_a_hang_up_stops_once(supervise: Callable[..., Supervised]) -> None:
    """A shell and its terminal may both send it: the second does not cut anybody."""
    running = supervise(told_twice, deaf)
    worker, witness = running.pid_of(0), running.pid_of(1)
    row = running.counters.row(0)
    running.signal(signal.SIGHUP)
    assert running.wait_for("drain_started")["signal"] == "SIGHUP"
    assert eventually(lambda: row[Column.ACCEPTED] == 1)
    running.signal(signal.SIGHUP)
    running.signal(signal.SIGHUP)
    # Signals are handled in their order: when this one's death is known, the hang-ups have been heard.
    os.kill(witness, signal.SIGKILL)
    running.wait_for("worker_died")
    os.kill(worker, signal.SIGTERM)
    assert not running.drained()
    assert (row[Column.ACCEPTED], row[Column.CUT]) == (2, 0)
