"""Signals as bytes, with real signals: each test in a child process, whose signals are its own."""

import os
import select
import signal

from services.server.worker import fork
from shared.signals import ending_signals, signals_as_bytes, stop_signals
from tests.unit.harness.processes import exit_code, next_signal


def test_each_signal_is_a_byte() -> None:
    """Its number, in the order in which they came."""

    def work() -> int:
        wanted = [signal.SIGUSR1, signal.SIGTERM, signal.SIGUSR1]
        wakeup = signals_as_bytes(signal.SIGUSR1, signal.SIGTERM)
        for signum in wanted:
            os.kill(os.getpid(), signum)
        return [next_signal(wakeup) for _ in wanted] != wanted

    assert exit_code(fork(work)) == 0


def test_more_signals_than_the_socket_holds_do_no_harm() -> None:
    """A process that is stopped, or busy, loses bytes that say nothing new; it does not block or die."""

    def work() -> int:
        wakeup = signals_as_bytes(signal.SIGUSR1)
        for _ in range(5000):
            os.kill(os.getpid(), signal.SIGUSR1)
        return set(wakeup.recv(10_000)) != {signal.SIGUSR1}

    assert exit_code(fork(work)) == 0


def test_a_signal_that_was_blocked_arrives() -> None:
    """Whoever started the process may have blocked it; a program that waits for its stop does not inherit that."""

    def work() -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))
        wakeup = signals_as_bytes(signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        return next_signal(wakeup)

    assert exit_code(fork(work)) == signal.SIGTERM


def test_nothing_to_read_does_not_block() -> None:
    """A loop that asks without need goes on."""

    def work() -> int:
        try:
            signals_as_bytes(signal.SIGTERM).recv(1)
        except BlockingIOError:
            return 0
        return 1

    assert exit_code(fork(work)) == 0


def test_after_the_end_a_signal_is_neither_delivered_nor_deadly() -> None:
    """The last lines of a process are not interrupted."""

    def work() -> int:
        wakeup = signals_as_bytes(signal.SIGTERM)
        stop_signals()
        os.kill(os.getpid(), signal.SIGTERM)
        return bool(select.select([wakeup], [], [], 0.01)[0])

    assert exit_code(fork(work)) == 0


def test_a_hang_up_that_is_ignored_stays_ignored() -> None:
    """`nohup` means what it says."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ignored = ending_signals()
    signal.signal(signal.SIGHUP, before)
    assert (ignored, ending_signals()[-1]) == ([signal.SIGTERM, signal.SIGINT], signal.SIGHUP)
