"""Passes signals on from the tracer to the program that it runs."""

import os
import signal
import threading
from contextlib import suppress

FORWARDED = frozenset(
    (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH)
)


class Forwarding:
    """Waits for signals in a thread; those that come before the target is known are passed on once it is.

    Signals from the kernel are not passed on: the terminal (Ctrl-C) sends them to its whole foreground process group,
    so the program has them already.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._target: int | None = None
        self._early: list[int] = []

    def start(self) -> None:
        """Block the signals, and start the thread that waits for them; call it before any other thread is started.

        Raises RuntimeError if no thread can be started; the signals are then as they were.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
        try:
            threading.Thread(target=self._wait, daemon=True).start()
        except RuntimeError:  # pids.max, RLIMIT_NPROC
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            raise

    def to(self, pid: int | None) -> None:
        """Pass signals on to this process from now on; None: to nobody."""
        with self._lock:
            self._target = pid
            early, self._early = self._early, []
            for signum in early:
                self._send(signum)

    def _wait(self) -> None:
        while True:
            came = signal.sigwaitinfo(FORWARDED)
            if came.si_code > 0:  # sent by the kernel
                continue
            with self._lock:
                if self._target is None:
                    self._early.append(came.si_signo)
                else:
                    self._send(came.si_signo)

    def _send(self, signum: int) -> None:
        if self._target is not None:
            with suppress(OSError):  # it has ended, or runs as another user now
                os.kill(self._target, signum)
