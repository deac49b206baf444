"""Signals to the tracer, passed on to the program that it runs."""

import os
import signal
import threading
from contextlib import suppress

FORWARDED = frozenset(
    (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH)
)


class Forwarding:
    """Waits for signals in a thread of its own, and passes them on: those that come early, once the target is known.

    What a terminal sends (Ctrl-C), it sends to its whole foreground process group: the program has it already.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._target: int | None = None
        self._early: list[int] = []

    def start(self) -> None:
        """Block the signals, in the main thread and before there is any other, and wait for them.

        Raises RuntimeError, with the signals as they were, where no thread is to be had.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
        try:
            threading.Thread(target=self._wait, daemon=True).start()
        except RuntimeError:  # pids.max, RLIMIT_NPROC
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            raise

    def to(self, pid: int | None) -> None:
        """Pass them on to a process from now on, or to none any more."""
        with self._lock:
            self._target = pid
            early, self._early = self._early, []
            for signum in early:
                self._send(signum)

    def _wait(self) -> None:
        while True:
            came = signal.sigwaitinfo(FORWARDED)
            if came.si_code > 0:  # the kernel's
                continue
            with self._lock:
                if self._target is None:
                    self._early.append(came.si_signo)
                else:
                    self._send(came.si_signo)

    def _send(self, signum: int) -> None:
        if self._target is not None:
            with suppress(OSError):  # it has ended, or is another user's by now
                os.kill(self._target, signum)
