"""Child processes, with real signals."""

import errno
import os
import select
import signal
import time
from collections.abc import Callable

import pytest

from services.server.worker import fork, ignore_stop_signals, start_clock
from shared.signals import signals_as_bytes, stop_signals
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import exit_code, next_signal
from tests.unit.harness.seccomp import have_fail, in_a_thread


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


STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


@pytest.mark.parametrize("signum", STOPS)
def test_what_stops_the_whole_group_is_ignored(signum: signal.Signals) -> None:
    """Ctrl-C, a closed terminal and systemd reach every process: to end this one is its parent's business."""

    def work() -> int:
        ignore_stop_signals()
        os.kill(os.getpid(), signum)
        return 7

    assert exit_code(fork(work)) == 7


@pytest.mark.parametrize("signum", STOPS)
def test_a_worker_is_told_by_one_of_them(signum: signal.Signals) -> None:
    """That one is delivered to its loop, and the others are not."""

    def work() -> int:
        ignore_stop_signals(but=signal.SIGTERM)
        wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGUSR1)
        os.kill(os.getpid(), signum)
        os.kill(os.getpid(), signal.SIGUSR1)
        return next_signal(wakeup)

    assert exit_code(fork(work)) == (signal.SIGTERM if signum == signal.SIGTERM else signal.SIGUSR1)


def outlived_by(work: Callable[[], int], death_signal: signal.Signals) -> bool:
    """Tell whether this work goes on when its parent is killed."""
    reader, writer = os.pipe()

    def parent() -> int:
        def child() -> int:
            os.write(writer, b"%d\n" % os.getpid())
            return work()

        fork(child, death_signal)
        signal.pause()
        return 0

    pid = fork(parent)
    os.close(writer)
    child = int(os.read(reader, 20))
    os.kill(pid, signal.SIGKILL)
    exit_code(pid)
    # The pipe ends when the last process that could write to it has gone.
    ended = select.select([reader], [], [], DEADLINE_S)[0]
    os.close(reader)
    if not ended:
        os.kill(child, signal.SIGKILL)
    return not ended


def test_a_worker_does_not_outlive_its_parent() -> None:
    """Whatever ends its parent, it is told, and goes when it has finished."""

    def worker() -> int:
        return next_signal(signals_as_bytes(signal.SIGTERM)) != signal.SIGTERM

    assert not outlived_by(worker, signal.SIGTERM)


def test_a_child_that_ignores_its_stop_does_not_outlive_its_parent() -> None:
    """It is killed."""

    def observer() -> int:
        ignore_stop_signals()
        signal.pause()
        return 0

    assert not outlived_by(observer, signal.SIGKILL)


def test_a_fork_that_fails_changes_nothing() -> None:
    """Where no process can be had the parent hears it, and its signals arrive as before."""

    def work() -> bool:
        have_fail("clone", errno.EAGAIN)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        with pytest.raises(BlockingIOError):
            fork(lambda: 0)
        return signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before

    assert in_a_thread(work)
