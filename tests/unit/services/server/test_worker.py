"""Child processes, with real signals."""

import os
import select
import signal
import time
from collections.abc import Callable

import pytest

from services.server.worker import die_by_signal, fork, start_clock
from shared.signals import signals_as_bytes, stop_signals
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import exit_code, next_signal


def test_a_childs_exit_code_is_what_its_work_returns() -> None:
    """Its parent is told how it went."""
    assert [exit_code(fork(lambda code=code: code)) for code in (0, 1, 7)] == [0, 1, 7]  # type: ignore[misc]


def test_a_child_that_raises_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    """Its exit code is that of a mistake in the software, and the traceback is not lost."""
    assert exit_code(fork(lambda: 1 // 0)) == 70
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_signals_wait_until_a_child_has_handlers() -> None:
    """What comes in between reaches the child's own socket, and neither kills it nor tells its parent."""

    def work() -> int:
        while signal.SIGTERM not in signal.sigpending():
            time.sleep(0.001)
        return next_signal(signals_as_bytes(signal.SIGTERM))

    pid = fork(work)
    os.kill(pid, signal.SIGTERM)
    assert exit_code(pid) == signal.SIGTERM


def test_a_parent_can_be_signalled_after_it_has_forked() -> None:
    """What is blocked during the fork is not blocked after it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert exit_code(fork(lambda: 0)) == 0
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_the_clock_ticks_until_it_is_stopped() -> None:
    """Each tick is a byte; after the end of all signals there is none, and none is deadly."""

    def work() -> int:
        wakeup = signals_as_bytes(signal.SIGALRM)
        start_clock(0.001)
        ticks = [next_signal(wakeup) for _ in range(5)]
        stop_signals()
        if select.select([wakeup], [], [], 0)[0]:
            wakeup.recv(4096)
        os.kill(os.getpid(), signal.SIGALRM)
        return ticks != [signal.SIGALRM] * 5 or bool(select.select([wakeup], [], [], 0.01)[0])

    assert exit_code(fork(work)) == 0


@pytest.mark.parametrize(("signum", "ended_by"), [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGKILL)])
def test_a_child_without_a_loop_dies_by_sigterm_alone(signum: int, ended_by: int) -> None:
    """Ctrl-C reaches the whole group; to end this child is its parent's business."""
    reader, writer = os.pipe()

    def work() -> int:
        die_by_signal()
        os.write(writer, b"!")
        signal.pause()
        return 0

    pid = fork(work)
    os.read(reader, 1)
    os.kill(pid, signum)
    if signum != ended_by:
        os.kill(pid, ended_by)
    assert exit_code(pid) == -ended_by
    os.close(reader)
    os.close(writer)


def outlived_by(work: Callable[[], int]) -> bool:
    """Tell whether this work goes on when its parent is killed."""
    reader, writer = os.pipe()

    def parent() -> int:
        def child() -> int:
            os.write(writer, b"!")
            return work()

        fork(child)
        signal.pause()
        return 0

    pid = fork(parent)
    os.close(writer)
    os.read(reader, 1)
    os.kill(pid, signal.SIGKILL)
    exit_code(pid)
    # The pipe ends when the last process that could write to it has gone.
    ended = select.select([reader], [], [], DEADLINE_S)[0]
    os.close(reader)
    return not ended


def test_a_child_does_not_outlive_its_parent() -> None:
    """Whatever ends a parent, its children are told, and go."""

    def observer() -> int:
        die_by_signal()
        signal.pause()
        return 0

    def worker() -> int:
        return next_signal(signals_as_bytes(signal.SIGTERM)) != signal.SIGTERM

    assert not outlived_by(observer)
    assert not outlived_by(worker)
