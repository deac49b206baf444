"""Which calls were made on one and the same socket, and which sockets are the two ends of a conversation."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from services.scope.model import Conversation, Endpoint, Outcome, Side
from shared.calls import Call

# Linux lets a client reuse a port after so long (tcp_tw_reuse, net/ipv4/tcp_ipv4.c: one tick of the time stamps): a
# socket that is further from a conversation than that belongs to another one of the same addresses.
NEAR_NS = 1_000_000_000

# Each record repeats its socket's addresses: parsed once, they are found in this cache.
_MAX_NAMES = 1024

ANY = ("0.0.0.0", "::")  # noqa: S104 -- compared with, and bound to by others


class Socket:
    """One socket's calls in order, and its addresses as far as the calls give them."""

    def __init__(self, call: Call) -> None:
        self.calls = [call]
        self.local = endpoint(call.local)
        self.peer = endpoint(call.peer)

    def add(self, call: Call) -> None:
        """Take its next call."""
        self.calls.append(call)
        # A socket that was refused forgets its address, but not its port.
        self.local = endpoint(call.local) or self.local
        self.peer = endpoint(call.peer) or self.peer

    def takes(self, call: Call) -> bool:
        """Tell whether a call on the same descriptor is on this socket, or on the next that got its number."""
        if self.calls[-1].call == "close" or call.call in ("socket", "accept", "dup"):
            return False
        if call.call == "bind":
            return self.calls[-1].call == "socket"
        if call.call == "connect" and any(before.call == "connect" for before in self.calls):
            return False  # the same socket, and yet another connection
        peer = endpoint(call.peer)
        return None in (peer, self.peer) or peer == self.peer

    @property
    def is_listener(self) -> bool:
        """Whether it was made to listen."""
        return any(call.call in ("bind", "listen") for call in self.calls) and self.peer is None

    @property
    def side(self) -> Side:
        """Which end it is, where no packet tells: whoever accepts is the server."""
        called = {call.call for call in self.calls}
        if "connect" in called or "accept" in called:
            return "server" if "accept" in called else "client"
        return "server" if self.calls[0].service == "server" else "client"

    @property
    def begun_ns(self) -> int:
        """When the connection began for it: at a client's connect(); a server's accept() may return at its very end."""
        call = next((call for call in self.calls if call.call in ("connect", "accept")), self.calls[0])
        return call.t1_ns if call.call == "accept" else call.t0_ns

    def distance_ns(self, first_ns: int, last_ns: int) -> int:
        """Return how far apart its calls and a span of time are; 0 where they overlap."""
        return max(self.begun_ns - last_ns, first_ns - self.calls[-1].latest_ns, 0)

    @property
    def begins(self) -> bool:
        """Whether its connection began in it; else another process or descriptor had it before."""
        return any(call.call in ("connect", "accept") for call in self.calls)

    @property
    def is_idle(self) -> bool:
        """Whether it never had a connection, as far as its calls show."""
        return self.peer is None and all(call.call in ("socket", "dup", "close") for call in self.calls)

    def connects_at(self, t_ns: int) -> bool:
        """Tell whether a connect() of it was under way."""
        return any(call.call == "connect" and call.t0_ns <= t_ns <= call.latest_ns for call in self.calls)


class Ends(NamedTuple):
    """The sockets of a conversation, as far as they were watched."""

    client: Socket | None
    server: Socket | None
    listener: Socket | None = None


class Sockets:
    """All sockets of which there are calls, until a conversation takes them."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self._found: dict[tuple[Endpoint | None, Endpoint | None], list[Socket]] = {}
        self._listeners: list[Socket] = []
        self._used: set[Socket] = set()
        self._idle: list[Socket] = []
        for found in _sockets(calls):
            if found.is_listener:
                self._listeners.append(found)
            elif found.is_idle:
                self._idle.append(found)
            else:
                self._found.setdefault((found.local, found.peer), []).append(found)
        for names, of_names in self._found.items():
            if len(of_names) > 1 and None not in names:
                self._found[names] = _merge_shared(of_names)

    def take(self, conversation: Conversation) -> Ends:
        """Return a conversation's sockets, found by its addresses; of several, the nearest in time to its beginning."""
        client, server = conversation.client, conversation.server
        ours = [(client, server), *((Endpoint(ip, client.port), server) for ip in ANY)]
        # Without addresses behind descriptors (-yy), a trace shows only where the server listens, not its own address.
        theirs = [(server, client), *((Endpoint(ip, server.port), client) for ip in ANY)]
        return Ends(
            self._nearest(ours, conversation) or self._unnamed(conversation),
            self._nearest(theirs, conversation),
            # An RST from a port says that nobody listens there any more, whatever the last call was.
            None if conversation.outcome == Outcome.REFUSED else self._listener(server, conversation.segments[0].t_ns),
        )

    def rest(self) -> Iterator[tuple[Endpoint, Endpoint, Ends]]:
        """Give what no conversation took, by client and server: both ends of a connection together.

        Where a name is not known, port 0 stands for it. What listens is of no connection.
        """
        nobody = Endpoint(ANY[0], 0)
        left = sorted(chain.from_iterable(self._found.values()), key=lambda socket: socket.begun_ns)
        servers: dict[tuple[Endpoint | None, Endpoint | None], list[Socket]] = {}
        for socket in left:
            if socket.side == "server":
                servers.setdefault((socket.peer, socket.local), []).append(socket)
        for socket in left:
            if socket.side == "client":
                others = servers.get((socket.local, socket.peer))
                other = others.pop(0) if others else None
                listener = self._listener(socket.peer, socket.begun_ns)
                yield socket.local or nobody, socket.peer or nobody, Ends(socket, other, listener)
        for socket in chain.from_iterable(servers.values()):
            listener = self._listener(socket.local, socket.begun_ns)
            yield socket.peer or nobody, socket.local or nobody, Ends(None, socket, listener)

    def unused_listeners(self) -> list[Socket]:
        """Return what listened, and was connected to by nobody; and what neither listened nor connected."""
        return [listener for listener in self._listeners if listener not in self._used] + self._idle

    def _nearest(self, names: list[tuple[Endpoint, Endpoint]], conversation: Conversation) -> Socket | None:
        first_ns, last_ns = conversation.segments[0].t_ns, conversation.segments[-1].t_ns
        near = [
            (abs(socket.begun_ns - first_ns), key, socket)
            for key in names
            for socket in self._found.get(key, ())
            if socket.distance_ns(first_ns, last_ns) <= NEAR_NS
        ]
        if not near:
            return None
        _, key, socket = min(near, key=lambda found: found[0])
        self._found[key].remove(socket)
        return socket

    def _unnamed(self, conversation: Conversation) -> Socket | None:
        """Return a client whose own address is not known: the only one that was connecting when the SYN was sent.

        It is found by time alone, so where several were connecting none is taken.
        """
        found = self._found.get((None, conversation.server), [])
        connecting = [socket for socket in found if socket.connects_at(conversation.segments[0].t_ns)]
        if len(connecting) != 1:
            return None
        found.remove(connecting[0])
        return connecting[0]

    def _listener(self, server: Endpoint | None, t_ns: int) -> Socket | None:
        """Return the last socket that listened there before; one bound to this very address comes before `any`."""
        there = [socket for socket in self._listeners if server is not None and _accepts(socket.local, server)]
        before = [socket for socket in there if socket.begun_ns <= t_ns]
        found = max(before, key=lambda socket: (socket.local == server, socket.begun_ns), default=None)
        if found is not None:
            self._used.add(found)
        return found


@lru_cache(maxsize=_MAX_NAMES)
def endpoint(text: str | None) -> Endpoint | None:
    """Read `ip:port` or `[ip]:port`; None for what is neither."""
    ip, _, port = (text or "").rpartition(":")
    if not (ip and port.isascii() and port.isdigit()):
        return None
    # A link-local address has its interface as a suffix, which is in no packet.
    return Endpoint(ip.strip("[]").partition("%")[0], int(port))


def _sockets(calls: Iterable[Call]) -> Iterator[Socket]:
    """Give the sockets; a record that is there twice (a feed and a log, a listener announced again) is taken once."""
    of_now: tuple[str, int, int] | None = None
    now: Socket | None = None
    for call in sorted(calls, key=lambda call: (call.host, call.pid, call.fd, call.mono_ns)):
        of = call.host, call.pid, call.fd
        if now is not None and of == of_now:
            if call == now.calls[-1]:
                continue
            if now.takes(call):
                now.add(call)
                continue
        if now is not None:
            yield now
        of_now, now = of, Socket(call)
    if now is not None:
        yield now


def _merge_shared(found: list[Socket]) -> list[Socket]:
    """Return sockets of the same names, those of a host as one where one of them has only what another began.

    A child has its parent's connection, and so has a copy of the descriptor.
    """
    merged: list[Socket] = []
    for socket in sorted(found, key=lambda one: one.begun_ns):
        before = [one for one in merged if one.calls[0].host == socket.calls[0].host]
        if socket.begins or not before:
            merged.append(socket)
        else:
            before[-1].calls = sorted(before[-1].calls + socket.calls, key=lambda call: call.mono_ns)
    return merged


def _accepts(bound: Endpoint | None, server: Endpoint) -> bool:
    if bound is None or bound.port != server.port:
        return False
    # Bound to ::, it takes IPv4 as well (IPV6_V6ONLY off).
    return bound.ip in (server.ip, "::") or (bound.ip == ANY[0] and ":" not in server.ip)
