"""Keeps call records and notices from their arrival until their conversation is over."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import chain

from services.scope.calls.assemble import Assembler
from services.scope.calls.records import Notice, Record
from services.scope.calls.sockets import ANY, NEAR_NS, Socket, endpoint
from services.scope.calls.unseen import Unseen
from services.scope.model import Conversation, Endpoint
from shared.calls import Call

# Most calls kept: 700 bytes each, 11 MiB.
MAX_CALLS = 16_384
_MAX_NOTICES = 4096

# Most listeners kept: each server has a few, and announces them to every scope.
_MAX_LISTENER_CALLS = 256

# A conversation without an answer is over 65 s after its last SYN (scope.tcp.follow). Calls older than this belong to
# no conversation that is still to come.
EXPIRE_S = 70.0

_Names = frozenset[Endpoint | None]


@dataclass(slots=True, eq=False)
class _Kept:
    socket: Socket
    touched_s: float
    names: _Names | None = None

    @property
    def is_finished(self) -> bool:
        return self.socket.calls[-1].call == "close"


class Ledger:
    """Call records by their sockets; beyond `max_calls` the oldest sockets are dropped.

    `expired_calls` of `expired_sockets` were dropped or have expired without a packet of their connection. Those on
    loopback do not count: the tap captures no loopback, where health checks are.
    """

    def __init__(self, max_calls: int = MAX_CALLS) -> None:
        self.expired_calls = self.expired_sockets = 0
        self._max_calls = max_calls
        self._calls = 0
        self._kept: dict[_Kept, None] = {}  # in the order of their first calls
        self._at: dict[tuple[str, int, int], _Kept] = {}  # the socket that a descriptor stands for now
        self._named: dict[_Names, list[_Kept]] = {}
        self._listeners: dict[tuple[str, int, int, str, int], Call] = {}
        self._notices: dict[_Names, list[Notice]] = {}
        self._unseen = Unseen()

    def add(self, record: Record, now_s: float) -> None:
        """Keep a record."""
        if isinstance(record, Notice):
            self._add_notice(record)
        elif record.call in ("bind", "listen"):
            self._listeners[record.host, record.pid, record.fd, record.call, record.t0_ns] = record
            if len(self._listeners) > _MAX_LISTENER_CALLS:
                del self._listeners[next(iter(self._listeners))]
        else:
            self._add_call(record, now_s)
            while self._calls > self._max_calls:
                self._give_up(next(iter(self._kept)))

    def complete(self, conversation: Conversation) -> None:
        """Join a finished conversation with its calls, which are then no longer kept."""
        near = list(self._find_near(conversation))
        calls = chain.from_iterable(kept.socket.calls for kept in near)
        notices = self._notices.pop(frozenset((conversation.client, conversation.server)), [])
        port = conversation.server.port
        listeners = (call for call in self._listeners.values() if (endpoint(call.local) or (None, 0))[1] == port)
        Assembler(chain(calls, listeners, notices, self._unseen.notices)).complete(conversation)
        joined = {id(one.call) for one in conversation.calls}
        for kept in near:
            # Calls that were not joined belong to another connection of the same addresses, which may still come.
            if any(id(call) in joined for call in kept.socket.calls):
                self._forget(kept)

    def expire(self, now_s: float) -> None:
        """Drop sockets that were closed long ago and belong to no conversation."""
        old = [kept for kept in self._kept if kept.is_finished and now_s - kept.touched_s > EXPIRE_S]
        for kept in old:
            self._give_up(kept)

    def _add_call(self, call: Call, now_s: float) -> None:
        at = call.host, call.pid, call.fd
        kept = self._at.get(at)
        if kept is not None and kept.socket.takes(call):
            kept.socket.add(call)
            kept.touched_s = now_s
        else:
            kept = self._at[at] = _Kept(Socket(call), now_s)
            self._kept[kept] = None
        self._calls += 1
        if kept.socket.peer is not None and (kept.names is None or None in kept.names):
            self._file(kept, frozenset((kept.socket.local, kept.socket.peer)))

    def _file(self, kept: _Kept, names: _Names) -> None:
        """File a socket under its addresses; of a traced connect() that failed, None stands for its own."""
        if kept.names != names:
            self._take_out(kept)
            kept.names = names
            self._named.setdefault(names, []).append(kept)

    def _take_out(self, kept: _Kept) -> None:
        if kept.names is None:
            return
        others = self._named[kept.names]
        others.remove(kept)
        if not others:
            del self._named[kept.names]

    def _add_notice(self, notice: Notice) -> None:
        names: _Names = frozenset((endpoint(notice.local), endpoint(notice.peer)))
        if None in names:
            self._unseen.add(notice)
            return
        self._notices.setdefault(names, []).append(notice)
        if len(self._notices) > _MAX_NOTICES:
            del self._notices[next(iter(self._notices))]

    def _find_near(self, conversation: Conversation) -> Iterator[_Kept]:
        """Give the sockets of these addresses that were there about the same time."""
        client, server = conversation.client, conversation.server
        first_ns, last_ns = conversation.segments[0].t_ns, conversation.segments[-1].t_ns
        # A refused socket has lost its own address, and a trace may never tell it.
        for ours in (client, *(Endpoint(ip, client.port) for ip in ANY), None):
            for kept in self._named.get(frozenset((ours, server)), ()):
                if kept.socket.distance_ns(first_ns, last_ns) <= NEAR_NS:
                    yield kept

    def _give_up(self, kept: _Kept) -> None:
        self._forget(kept)
        if not any(_is_loopback(name) for name in kept.names or ()):
            self.expired_sockets += 1
            self.expired_calls += len(kept.socket.calls)

    def _forget(self, kept: _Kept) -> None:
        del self._kept[kept]
        self._calls -= len(kept.socket.calls)
        first = kept.socket.calls[0]
        at = first.host, first.pid, first.fd
        if self._at.get(at) is kept:
            del self._at[at]
        self._take_out(kept)


def _is_loopback(name: Endpoint | None) -> bool:
    try:
        return name is not None and ip_address(name.ip).is_loopback
    except ValueError:
        return False
