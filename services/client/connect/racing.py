"""One connection to a name with several addresses: each is given a head start, and the first that answers is taken.

RFC 8305 ("Happy Eyeballs"): an address that does not answer costs a quarter of a second, and not a time-out.
"""

import errno
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.client.connect.addresses import Address
from shared.sockets import reset_on_close

# RFC 8305 5: the head start of an address before the next one is tried as well.
_HEAD_START_NS = 250_000_000

# One address, of all that the deadline allows: Linux sends the SYN again after 1 s and after 2 s more.
_PATIENCE_NS = 4_000_000_000


class Dialer(Protocol):
    """Makes the sockets of a race, and ends those that did not win."""

    def begin(self, address: Address) -> socket.socket:
        """Return a non-blocking socket that waits to be connected there; raise OSError."""

    def end(self, sock: socket.socket, address: Address, error: OSError | None) -> None:
        """Close a socket that failed or (None) was not the first."""

    def fail(self, address: Address, error: OSError) -> None:
        """Note that an address failed before it had a socket."""


@dataclass(frozen=True)
class Runner:
    """An address that has been tried since `begun_ns` (CLOCK_MONOTONIC)."""

    sock: socket.socket
    address: Address
    begun_ns: int


class Race:
    """Tries addresses in order; `failure` is the last one's, `attempts` counts them."""

    def __init__(self, addresses: Sequence[Address], dialer: Dialer) -> None:
        self.failure: OSError | None = None
        self.attempts = 0
        self._dialer = dialer
        self._known = set(addresses)
        self._to_come = list(reversed(addresses))
        self._next_ns = 0
        self._running: dict[int, Runner] = {}

    @property
    def is_lost(self) -> bool:
        """Whether every address has failed."""
        return not self._running and not self._to_come

    @property
    def wake_ns(self) -> int:
        """When advance() has something to do at the latest, whatever happens on the sockets."""
        times = [one.begun_ns + _PATIENCE_NS for one in self._running.values()]
        return min([*times, self._next_ns] if self._to_come else times, default=0)

    def advance(self, now_ns: int) -> Runner | None:
        """Try the next address if it is time, and give up those that take too long; return the winner if there is."""
        for fd, one in list(self._running.items()):
            if now_ns - one.begun_ns > _PATIENCE_NS:
                # Its answer may have come since the last look.
                if winner := self.check(fd):
                    return winner
                if fd in self._running:
                    self._give_up(fd, TimeoutError(errno.ETIMEDOUT, "timed out"))
        while self._to_come and now_ns >= self._next_ns:
            if winner := self._begin(self._to_come.pop(), now_ns):
                return winner
        return None

    def join(self, addresses: Sequence[Address]) -> None:
        """Let addresses that the race does not know yet be the next to be tried (RFC 8305 3): the server has moved."""
        new = [one for one in addresses if one not in self._known]
        self._known.update(new)
        self._to_come += reversed(new)

    def check(self, fd: int) -> Runner | None:
        """Look at a socket on which something happened; return the winner if that is it."""
        one = self._running.get(fd)
        if one is None:
            return None
        if number := one.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._give_up(fd, OSError(number, os.strerror(number)))
            return None
        try:
            peer = one.sock.getpeername()
        except OSError:
            return None  # the event is of a socket that had this descriptor before
        if peer == one.sock.getsockname():
            # Connected to itself: nobody listens on this ephemeral port, and the kernel chose the same one for us, a
            # simultaneous open (RFC 9293 3.5). Reset, so that no TIME-WAIT keeps a listener from the port.
            reset_on_close(one.sock)
            self._give_up(fd, ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused (it reached itself)"))
            return None
        del self._running[fd]
        self.stop()
        return one

    def expire(self) -> Runner | None:
        """End the race at its deadline; return the winner if its answer has come since the last look.

        An attempt that the deadline cuts short says less than one that failed by itself: that one's reason stays.
        """
        for fd in list(self._running):
            if winner := self.check(fd):
                return winner
        late = TimeoutError(errno.ETIMEDOUT, "timed out")
        self.failure = self.failure or late
        self.stop(late)
        return None

    def stop(self, error: OSError | None = None) -> None:
        """End every attempt, because of this error or for want of interest."""
        self._to_come.clear()
        for one in self._running.values():
            self._dialer.end(one.sock, one.address, error)
        self._running.clear()

    def _begin(self, address: Address, now_ns: int) -> Runner | None:
        self.attempts += 1
        self._next_ns = now_ns + _HEAD_START_NS
        begun_ns = time.monotonic_ns()
        try:
            sock = self._dialer.begin(address)
        except OSError as error:
            self._fail(error)
            self._dialer.fail(address, error)
            return None
        fd = sock.fileno()
        self._running[fd] = Runner(sock, address, begun_ns)
        try:
            sock.connect(address[4])
        except BlockingIOError:
            return None
        except OSError as error:
            self._give_up(fd, _explained(error, address))
            return None
        return self.check(fd)

    def _give_up(self, fd: int, error: OSError) -> None:
        one = self._running.pop(fd)
        self._fail(error)
        self._dialer.end(one.sock, one.address, error)

    def _fail(self, error: OSError) -> None:
        self.failure = error
        self._next_ns = 0


def _explained(error: OSError, address: Address) -> OSError:
    """Tell which of two causes EADDRNOTAVAIL has: no free local port, or no local address for that peer."""
    if error.errno != errno.EADDRNOTAVAIL:
        return error
    family, _, _, _, sockaddr = address
    try:
        # UDP has ports of its own, and needs the same address.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(sockaddr)
    except OSError:
        return OSError(errno.ENETUNREACH, "no address of this machine leads there")
    return error
