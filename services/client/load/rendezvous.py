"""Replicas of the client find each other, and agree when to start: by datagrams among themselves, with no coordinator.

DNS tells where they are: on a compose network the service's name resolves to all replicas; on a swarm's `tasks.NAME`
does (the bare name is a virtual address in front of any one replica, and does no harm). Both names are looked up again
and again, and every datagram is answered at the address it came from, so a late name or a missing record does not
matter. Addresses only say where to send. Replicas are told apart by a random number: one with two addresses, or one
that finds its own address, still counts once; one that was restarted is a new replica, and the old one is forgotten
when nothing has been heard from it for a second.

Each replica sends its state to all others again and again, so lost datagrams do not matter. When every replica
has said that it hears all that are expected, the one with the lowest number sets the start, a second ahead. From then
on the state holds "starts in so many us", and every replica passes it on as it counts down: a replica would miss it
only if it lost some twenty datagrams from each of the others.

No clocks are compared: each replica adds "starts in" to its own clock when a datagram arrives. A datagram's delay can
only make that time too late, so the earliest one is the best. Starts then differ by the delay of the fastest of some
twenty datagrams, which is below 1 ms on one network, whatever the clocks say.
"""

import secrets
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from shared.log import Log

_NS = 10**9

# Time between two datagrams to one replica; longer with many replicas, which bounds the datagrams in all.
_INTERVAL_S = 0.05
_INTERVAL_PER_CLIENT_S = 0.002

# Intervals from the agreement to the start.
_LEAD_INTERVALS = 20

# A replica that has been silent for so many intervals is gone.
_FRESH_INTERVALS = 20

# Names are asked for again so often: a replica's record appears when its container runs.
_RESOLVE_S = 0.25

# The agreement is passed on until shortly before the start; the rest is for getting ready.
_READY_NS = 20_000_000

# Datagrams that wait in a socket's buffer: as many of this size as rmem_default has room for, and no flood for ever.
_MOST_WAITING = 512

# Finds the addresses, as text, that a name stands for; an empty answer where there are none (yet).
Resolve = Callable[[str], Iterable[str]]


class RendezvousFailed(Exception):
    """The replicas did not find each other; `came` of `expected` did."""

    def __init__(self, why: str, came: int, expected: int) -> None:
        self.came, self.expected = came, expected
        super().__init__(why)


@dataclass(frozen=True)
class State:
    """What a replica says of itself: how many it expects, how many it hears (itself included), when it starts."""

    id: int
    expects: int
    hears: int
    start_in_us: int | None

    def encode(self) -> bytes:
        """Return the datagram."""
        return orjson.dumps({"echoscope": "load", "id": f"{self.id:016x}", **self._numbers()})

    def _numbers(self) -> dict[str, int | None]:
        return {"expects": self.expects, "hears": self.hears, "start_in_us": self.start_in_us}

    @classmethod
    def decode(cls, datagram: bytes) -> "State | None":
        """Return what a datagram says; None where it is not one of ours: anybody can send to a port."""
        try:
            fields: dict[str, Any] = orjson.loads(datagram)
            start_in_us = fields["start_in_us"]
            state = cls(
                int(fields["id"], 16),
                int(fields["expects"]),
                int(fields["hears"]),
                None if start_in_us is None else int(start_in_us),
            )
        except (ValueError, TypeError, KeyError):
            return None
        return state if fields.get("echoscope") == "load" else None


def addresses_of(name: str) -> list[str]:
    """Return the addresses that a name resolves to now."""
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)]
    except (OSError, UnicodeError):
        return []


class Rendezvous:
    """One replica's part; `sock` is bound to the port that all use, and `wakeup` becomes readable with a signal."""

    def __init__(
        self, sock: socket.socket, names: Iterable[str], expects: int, wakeup: socket.socket, resolve: Resolve, log: Log
    ) -> None:
        self._sock = sock
        self._port = sock.getsockname()[1]
        self._expects = expects
        self._wakeup = wakeup
        self._resolve = resolve
        self._log = log
        self._id = secrets.randbits(64)
        self._interval_ns = int(max(_INTERVAL_S, _INTERVAL_PER_CLIENT_S * expects) * _NS)
        self._unasked = list(names)
        self._found: dict[str, set[str]] = {}
        self._senders: set[Any] = set()
        self._others: dict[int, tuple[int, State]] = {}
        self._too_many_since_ns: int | None = None
        self._start_ns: int | None = None
        self._is_over = threading.Event()

    @property
    def others(self) -> set[int]:
        """The numbers of the replicas that are heard."""
        return set(self._others)

    def meet(self, timeout_s: float) -> int | None:
        """Wait for the others; return when all start (CLOCK_MONOTONIC), None if a signal comes, or raise."""
        self._sock.setblocking(False)
        try:
            return self._meet(time.monotonic_ns() + int(timeout_s * _NS), timeout_s)
        finally:
            self._is_over.set()

    def _meet(self, deadline_ns: int, timeout_s: float) -> int | None:
        next_ns = 0
        while True:
            now_ns = time.monotonic_ns()
            if self._start_ns is not None and now_ns >= self._start_ns - _READY_NS:
                self._log.info("replicas_met", replicas=self._expects, start_in_us=(self._start_ns - now_ns) // 1000)
                return self._start_ns
            if self._start_ns is None and now_ns >= deadline_ns and not self._hear_all():
                came = len(self._others) + 1
                unasked = f"; no thread to be had to resolve {' and '.join(self._unasked)}" if self._unasked else ""
                raise self._failure(f"{came} of {self._expects} replicas came within {timeout_s:g} s{unasked}", came)
            if now_ns >= next_ns:
                next_ns = now_ns + self._interval_ns
                self._unasked = [name for name in self._unasked if not self._starts_resolving(name)]
                try:
                    self._consider(now_ns)
                finally:
                    self._tell(now_ns)  # also if this fails: the others then fail at once, for the same reason
            until_ns = min(next_ns, deadline_ns) if self._start_ns is None else min(next_ns, self._start_ns - _READY_NS)
            readable, _, _ = select.select([self._sock, self._wakeup], [], [], max(0, until_ns - now_ns) / _NS)
            if self._wakeup in readable:
                return None
            if readable:
                self._hear()

    def _consider(self, now_ns: int) -> None:
        """Forget who is gone, and set the start when it is ours to set."""
        fresh_ns = now_ns - _FRESH_INTERVALS * self._interval_ns
        self._others = {one: said for one, said in self._others.items() if said[0] >= fresh_ns}
        states = [state for _, state in self._others.values()]
        came = len(states) + 1
        for state in states:
            if state.expects != self._expects:
                raise self._failure(f"another replica expects {state.expects}, and this one {self._expects}", came)
        if came <= self._expects:
            self._too_many_since_ns = None
        elif self._too_many_since_ns is None:
            self._too_many_since_ns = now_ns
        elif self._too_many_since_ns < fresh_ns:  # a restarted replica's old number is forgotten by then
            raise self._failure(f"{came} replicas came where {self._expects} are expected", came)
        is_agreed = came == self._expects and all(state.hears == self._expects for state in states)
        if is_agreed and self._start_ns is None and self._id < min(self._others, default=self._id + 1):
            self._start_ns = now_ns + _LEAD_INTERVALS * self._interval_ns

    def _tell(self, now_ns: int) -> None:
        start_in_us = None if self._start_ns is None else (self._start_ns - now_ns) // 1000
        datagram = State(self._id, self._expects, len(self._others) + 1, start_in_us).encode()
        found = {self._sockaddr(address) for addresses in self._found.copy().values() for address in addresses}
        for sockaddr in found | self._senders:
            try:
                self._sock.sendto(datagram, sockaddr)
            except OSError:
                continue  # a datagram may be lost anyway; the next one may arrive

    def _hear_all(self) -> bool:
        """Take what came while this process did not run; tell whether that sets the start."""
        for _ in range(_MOST_WAITING):
            if not self._hear():
                break
        return self._start_ns is not None

    def _hear(self) -> bool:
        """Take one datagram; tell whether there was one."""
        try:
            datagram, sender = self._sock.recvfrom(2048)
        except OSError:
            return False
        now_ns = time.monotonic_ns()
        state = State.decode(datagram)
        if state is None or state.id == self._id:
            return True
        self._senders.add(sender[:2])
        self._others[state.id] = now_ns, state
        if state.start_in_us is not None:
            start_ns = now_ns + state.start_in_us * 1000
            self._start_ns = start_ns if self._start_ns is None else min(self._start_ns, start_ns)
        return True

    def _starts_resolving(self, name: str) -> bool:
        """Tell whether there was a thread for it; where not (pids.max, RLIMIT_NPROC), the next round tries again."""
        try:
            threading.Thread(target=self._keep_resolving, args=(name,), daemon=True).start()
        except RuntimeError:  # how the threading module passes on EAGAIN
            return False
        return True

    def _keep_resolving(self, name: str) -> None:
        # A thread of its own for each name: the system's resolver cannot be interrupted, and may take seconds.
        while not self._is_over.is_set():
            self._found[name] = set(self._resolve(name))
            self._is_over.wait(_RESOLVE_S)

    def _sockaddr(self, address: str) -> tuple[str, int]:
        if self._sock.family == socket.AF_INET6 and ":" not in address:
            address = f"::ffff:{address}"
        return address, self._port

    def _failure(self, why: str, came: int) -> RendezvousFailed:
        return RendezvousFailed(why, came, self._expects)
