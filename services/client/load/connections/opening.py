"""Makes the connections of the load: many at a time without waiting for any, each tried again until its deadline."""

import heapq
import os
import random
import select
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial

from services.client.connecting import ATTEMPT_TIMEOUT_S, FIRST_DELAY_S, MAX_DELAY_S, Address, error_of, reason
from services.client.load.connections.verdict import Verdict

_NS = 10**9

# Handshakes under way at a time: a burst of more overflows a server's accept queue, and each dropped SYN costs 1 s.
_MAX_UNDER_WAY = 128


class Attempt:
    """Slot `index` is to be connected: since when, until when, and with which socket just now."""

    __slots__ = ("attempts", "deadline_ns", "index", "sock", "started_ns")

    def __init__(self, index: int, deadline_ns: int) -> None:
        self.index = index
        self.deadline_ns = deadline_ns
        self.attempts = 0
        self.started_ns = 0
        self.sock: socket.socket | None = None

    def __lt__(self, other: "Attempt") -> bool:
        """Break ties in the heap of those that wait."""
        return self.index < other.index


class Opening:
    """`connected(index, socket, started_ns)` is told of every connection, `failed(index, verdict)` of every deadline.

    The socket comes registered with `epoll` for input; `started_ns` is when connect() was called.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        timeout_s: float,
        epoll: select.epoll,
        handlers: dict[int, Callable[[int], object]],
        connected: Callable[[int, socket.socket, int], None],
        failed: Callable[[int, Verdict], None],
    ) -> None:
        self._addresses = addresses
        self._address = 0
        self._timeout_s = timeout_s
        self._epoll = epoll
        self._handlers = handlers
        self._connected = connected
        self._failed = failed
        self._waiting: list[tuple[int, Attempt]] = []
        self._under_way: dict[int, Attempt] = {}

    def add(self, index: int, at_ns: int) -> None:
        """Connect slot `index` at that time, or soon after."""
        heapq.heappush(self._waiting, (at_ns, Attempt(index, at_ns + int(self._timeout_s * _NS))))

    def on_tick(self, now_ns: int) -> None:
        """End attempts that take too long, and begin those whose time has come."""
        late_ns = now_ns - int(ATTEMPT_TIMEOUT_S * _NS)
        for attempt in list(self._under_way.values()):
            if attempt.started_ns < late_ns or attempt.deadline_ns < now_ns:
                self._again(attempt, TimeoutError("timed out"))
        self.begin(now_ns)

    def begin(self, now_ns: int) -> None:
        """Begin the attempts whose time has come, as far as there is room, and if there is where to."""
        while (
            self._addresses
            and self._waiting
            and self._waiting[0][0] <= now_ns
            and len(self._under_way) < _MAX_UNDER_WAY
        ):
            self._attempt(heapq.heappop(self._waiting)[1])

    def stop(self) -> None:
        """Forget every attempt."""
        self._waiting.clear()
        for attempt in list(self._under_way.values()):
            self._drop(attempt)

    def _attempt(self, attempt: Attempt) -> None:
        family, kind, _, _, sockaddr = self._addresses[self._address % len(self._addresses)]
        attempt.attempts += 1
        attempt.started_ns = time.monotonic_ns()
        try:
            sock = attempt.sock = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        except OSError as error:
            self._again(attempt, error)
            return
        self._under_way[sock.fileno()] = attempt
        self._handlers[sock.fileno()] = partial(self._on_event, attempt)
        self._epoll.register(sock, select.EPOLLOUT)
        try:
            sock.connect(sockaddr)
        except BlockingIOError:
            pass
        except OSError as error:
            self._again(attempt, error)
        else:
            self._succeed(attempt, sock)

    def _on_event(self, attempt: Attempt, _: int) -> None:
        sock = attempt.sock
        if sock is None:
            return
        if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._again(attempt, OSError(number, os.strerror(number)))
            return
        try:
            sock.getpeername()
        except OSError:
            return  # the event was meant for whoever had this descriptor before
        self._succeed(attempt, sock)

    def _succeed(self, attempt: Attempt, sock: socket.socket) -> None:
        del self._under_way[sock.fileno()]
        self._epoll.modify(sock, select.EPOLLIN)
        self._connected(attempt.index, sock, attempt.started_ns)
        self.begin(time.monotonic_ns())

    def _again(self, attempt: Attempt, error: OSError) -> None:
        """Try the next address at once, and all of them again after a while, until the deadline."""
        self._drop(attempt)
        self._address += 1
        now_ns = time.monotonic_ns()
        pause_s = 0.0
        if attempt.attempts % len(self._addresses) == 0:
            round_ = min(attempt.attempts // len(self._addresses), 16)
            # Full jitter, as connecting.py has it: those that lost the same server do not come back in step.
            pause_s = random.uniform(0, min(FIRST_DELAY_S * 2**round_, MAX_DELAY_S))  # noqa: S311 - not a secret
        at_ns = now_ns + int(pause_s * _NS)
        if at_ns < attempt.deadline_ns:
            heapq.heappush(self._waiting, (at_ns, attempt))
            return
        why = f"not within {self._timeout_s:g} s ({attempt.attempts} attempts): {reason(error)}"
        self._failed(attempt.index, Verdict(error_of(error).kind, why))

    def _drop(self, attempt: Attempt) -> None:
        if attempt.sock is not None:
            self._under_way.pop(attempt.sock.fileno(), None)
            self._handlers.pop(attempt.sock.fileno(), None)
            attempt.sock.close()
            attempt.sock = None
