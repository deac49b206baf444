"""Opens the connections of the load: many at the same time, and each is tried again until its deadline."""

import errno
import heapq
import random
import select
import socket
import time
from collections.abc import Callable
from functools import partial

from services.client.connect.addresses import Address, Rota
from services.client.connect.connecting import FIRST_DELAY_S, MAX_DELAY_S, error_of, reason
from services.client.connect.racing import Race, Runner
from services.client.load.connections.verdict import Verdict

_NS = 10**9

# Handshakes under way at a time: a burst of more overflows a server's accept queue, and each dropped SYN costs 1 s.
_MAX_UNDER_WAY = 128

# An attempt that has no answer for so long asks where the server is now; one address has a patience of 4 s.
_SILENT_NS = 500_000_000


class Attempt:
    """A slot that is to be connected: its deadline, its round through the addresses, and the race since `begun_ns`."""

    __slots__ = ("attempts", "begun_ns", "deadline_ns", "index", "race", "rounds")

    def __init__(self, index: int, deadline_ns: int) -> None:
        self.index = index
        self.deadline_ns = deadline_ns
        self.attempts = self.begun_ns = 0
        self.rounds = 0
        self.race: Race | None = None

    def __lt__(self, other: "Attempt") -> bool:
        """Let the heap compare two that wait until the same time."""
        return self.index < other.index


class Opening:
    """Tells `connected` of every connection, `failed` of every deadline, `attempt_failed` of every error on the way.

    The socket of a connection comes registered with `epoll` for input.
    """

    def __init__(
        self,
        rota: Rota,
        timeout_s: float,
        epoll: select.epoll,
        handlers: dict[int, Callable[[int], object]],
        connected: Callable[[int, Runner], None],
        failed: Callable[[int, Verdict], None],
        attempt_failed: Callable[[OSError], None],
    ) -> None:
        self._rota = rota
        self._timeout_s = timeout_s
        self._epoll = epoll
        self._handlers = handlers
        self._connected = connected
        self._failed = failed
        self._attempt_failed = attempt_failed
        self._waiting: list[tuple[int, Attempt]] = []
        self._under_way: set[Attempt] = set()
        self._moves = rota.moves

    def add(self, index: int, at_ns: int) -> None:
        """Connect slot `index` at that time, or soon after."""
        heapq.heappush(self._waiting, (at_ns, Attempt(index, at_ns + int(self._timeout_s * _NS))))

    def add_again(self, index: int, at_ns: int) -> None:
        """Connect a slot that has lost its connection: the server may be elsewhere by now."""
        self._rota.ask_again()
        self.add(index, at_ns)

    def on_tick(self, now_ns: int) -> None:
        """Go on with every attempt, and begin those whose time has come."""
        self._follow_the_server(now_ns)
        for attempt in list(self._under_way):
            race = attempt.race
            if race is None:
                continue
            winner = race.advance(now_ns)
            if winner is None and attempt.deadline_ns < now_ns:
                winner = race.expire()
            if winner is not None:
                self._succeed(attempt, winner)
            elif race.is_lost:
                self._try_again(attempt, race)
        self.begin(now_ns)

    def _follow_the_server(self, now_ns: int) -> None:
        """Have the name server asked while an attempt gets no answer; where it names other addresses, try these too."""
        self._rota.take_answer()
        if self._moves != self._rota.moves:
            self._moves = self._rota.moves
            for attempt in self._under_way:
                if attempt.race is not None:
                    attempt.race.join(self._rota.order())
        if any(now_ns - attempt.begun_ns > _SILENT_NS for attempt in self._under_way):
            self._rota.ask_again()

    def begin(self, now_ns: int) -> None:
        """Begin the attempts whose time has come, as far as there is room."""
        while self._waiting and self._waiting[0][0] <= now_ns and len(self._under_way) < _MAX_UNDER_WAY:
            attempt = heapq.heappop(self._waiting)[1]
            order = self._rota.order()
            if not order:  # a signal came before the server was found
                self._waiting.clear()
                return
            attempt.race = race = Race(order, _AttemptDialer(self, attempt))
            attempt.begun_ns = now_ns
            attempt.rounds += 1
            self._under_way.add(attempt)
            if winner := race.advance(now_ns):
                self._succeed(attempt, winner)
            elif race.is_lost:
                self._try_again(attempt, race)

    def stop(self) -> None:
        """Forget every attempt."""
        self._waiting.clear()
        for attempt in self._under_way:
            if attempt.race is not None:
                attempt.race.stop()
        self._under_way.clear()

    def on_event(self, attempt: Attempt, fd: int, _: int) -> None:
        """See to what happened on a socket."""
        if attempt.race is None:
            return
        if winner := attempt.race.check(fd):
            self._succeed(attempt, winner)
            self.begin(time.monotonic_ns())
        elif attempt.race.is_lost:
            self._try_again(attempt, attempt.race)

    def _succeed(self, attempt: Attempt, winner: Runner) -> None:
        self._under_way.discard(attempt)
        attempt.race = None
        self._rota.won(winner.address)
        self._epoll.modify(winner.sock, select.EPOLLIN)
        self._connected(attempt.index, winner)

    def _try_again(self, attempt: Attempt, race: Race) -> None:
        """Try all addresses again after a while, until the deadline."""
        self._under_way.discard(attempt)
        attempt.race = None
        attempt.attempts += race.attempts
        # Full jitter, as in connecting.py: connections that lost the same server do not all retry at the same time.
        longest_s = min(FIRST_DELAY_S * 2 ** min(attempt.rounds, 16), MAX_DELAY_S)
        at_ns = time.monotonic_ns() + int(random.uniform(0, longest_s) * _NS)  # noqa: S311 - not a secret
        if at_ns < attempt.deadline_ns:
            self._rota.ask_again()
            heapq.heappush(self._waiting, (at_ns, attempt))
            return
        error = race.failure or TimeoutError(errno.ETIMEDOUT, "timed out")
        why = f"not within {self._timeout_s:g} s ({attempt.attempts} attempts): {reason(error)}"
        self._failed(attempt.index, Verdict(error_of(error).kind, why))

    def register(self, attempt: Attempt, sock: socket.socket) -> None:
        """Have on_event() called for a new socket."""
        self._handlers[sock.fileno()] = partial(self.on_event, attempt, sock.fileno())
        self._epoll.register(sock, select.EPOLLOUT)

    def drop(self, sock: socket.socket, address: Address, error: OSError | None) -> None:
        """Close a socket that did not win its race."""
        self._handlers.pop(sock.fileno(), None)
        sock.close()
        self.lose(address, error)

    def lose(self, address: Address, error: OSError | None) -> None:
        """Note that an address gave no connection."""
        self._rota.lost(address)
        if error is not None:
            self._attempt_failed(error)


class _AttemptDialer:
    """Makes the sockets of one attempt."""

    def __init__(self, opening: Opening, attempt: Attempt) -> None:
        self._opening, self._attempt = opening, attempt

    def begin(self, address: Address) -> socket.socket:
        """Return a socket whose events go to the attempt."""
        sock = socket.socket(address[0], address[1] | socket.SOCK_NONBLOCK)
        self._opening.register(self._attempt, sock)
        return sock

    def end(self, sock: socket.socket, address: Address, error: OSError | None) -> None:
        """Close a socket that did not win."""
        self._opening.drop(sock, address, error)

    def fail(self, address: Address, error: OSError) -> None:
        """Note an address that had no socket."""
        self._opening.lose(address, error)
