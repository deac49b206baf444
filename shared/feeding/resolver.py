"""Keeps looking up a UDP peer's address, in a thread: names of containers appear, disappear and change address."""

import signal
import socket
import threading
import time
from typing import Any, TypeAlias

Address: TypeAlias = tuple[socket.AddressFamily, Any]

# Interval of look-ups: a replaced container gets another address without notice, which is found within this time. Each
# look-up costs a query and an answer.
_EVERY_S = 3.0

# Until the first answer, for the first seconds: a scope that starts with the service is about to be there, and has to
# have the first session's calls within half a second (services.scope.live.loop).
_EVERY_AT_START_S = 0.25
_START_S = 10.0


class Resolver:
    """`address` is the last answer, and stays while the name server does not answer; None before the first.

    getaddrinfo() has no deadline, so only a thread of its own may wait for it. Started after fork(), which copies no
    threads.
    """

    def __init__(self, host: str, port: int, every_s: float = _EVERY_S) -> None:
        self.address: Address | None = None
        self._host, self._port, self._every_s = host, port, every_s
        self._has_tried = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> bool:
        """Begin to ask; False where no thread can be had for it (pids.max, RLIMIT_NPROC): try again later."""
        try:
            threading.Thread(target=self._run, name="resolver", daemon=True).start()
        except RuntimeError:  # how the threading module passes on EAGAIN
            return False
        return True

    def wait_for_first(self, timeout_s: float) -> None:
        """Return when it has been answered once, be it with an error."""
        self._has_tried.wait(timeout_s)

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    def _run(self) -> None:
        # Signals are for the thread that has something to interrupt.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        started_s = time.monotonic()
        while not self._stopped.is_set():
            try:
                found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            except (OSError, UnicodeError):
                found = []  # not there yet, or not any more
            if found:
                family, _, _, _, sockaddr = found[0]
                self.address = family, sockaddr
            self._has_tried.set()
            is_start = self.address is None and time.monotonic() - started_s < _START_S
            self._stopped.wait(min(self._every_s, _EVERY_AT_START_S) if is_start else self._every_s)
