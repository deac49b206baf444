"""Admission: accepts connections while there is room, and refuses those over the limit for each peer.

An accept queue holds the connections whose handshake the kernel has finished and that wait for accept(). Where the
worker has no slot or no descriptor it leaves them there: they wait, and are not refused.
"""

import errno
import os
import socket
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from services.server.echo.connections import Connections
from services.server.echo.copying import HANDLED
from services.server.echo.counters import Column
from services.server.listeners import accept_queue, refuse_new_handshakes, stop_listening
from services.server.probes import is_probe
from services.server.settings import ServerSettings
from shared.calls import Call, StreamSocket, WatchedSocket, accept, address
from shared.log import Log
from shared.sockets import concerns_one_connection, reset_on_close
from shared.watch import Watch

# What the loop does with a new connection: its descriptor, its peer, and its socket if its calls are to be reported.
Adopt: TypeAlias = Callable[[int, str, WatchedSocket | None], None]

# Connections taken in one turn: a storm of them must not hold up the echoes of the others.
_ACCEPTS_PER_TURN = 64

_TICKS_PER_REPORT = 10  # one second


def _pass_over(_: Call) -> bool:
    """Report nothing of a connection, and have it spliced: nobody wants to see the health check's."""
    return True


class Admission:
    """The listening sockets of one worker and the limits on what comes through them."""

    def __init__(
        self,
        listeners: list[socket.socket],
        connections: Connections,
        settings: ServerSettings,
        log: Log,
        watch: Watch | None,
        adopt: Adopt,
        row: memoryview,
    ) -> None:
        # By descriptor, those that are not closed yet.
        self.listeners = {listener.fileno(): listener for listener in listeners}
        # What the loop calls for an event of a descriptor, and where it waits for events: both are the connections'.
        self._handlers = connections.handlers
        self._handlers.update(dict.fromkeys(self.listeners, self.on_event))
        self._epoll = connections.epoll
        # The limits: max_connections and max_connections_per_peer.
        self._settings = settings
        self._log = log
        # Decides which connections have their calls reported; None where nobody wants any.
        self._watch = watch
        # Takes over a connection that was let in.
        self._adopt = adopt
        # The worker's counters, in memory that it shares with the supervisor and the observer.
        self._row = row
        # Connections that hold a slot now: in all, and for each peer's address (only with max_connections_per_peer).
        self._open = 0
        self._per_peer: Counter[str] = Counter()
        # Whether epoll reports the listeners: not while every slot is taken, nor while overloaded.
        self._listening = True
        # Whether accept() has failed for want of descriptors, memory or epoll watches, and the accept queues have not
        # been empty since. Such a failure is logged once, and accept() is tried again with the next tick.
        self._overloaded = False
        # Connections refused for max_connections_per_peer and not logged yet: there is at most one line a second.
        self._refused_unsaid = 0
        for fd in self.listeners:
            self._epoll.register(fd, HANDLED)

    def on_event(self, fd: int) -> bool:
        """Take connections from one listener's accept queue; tell whether the queue is empty."""
        listener = self.listeners[fd]
        for _ in range(_ACCEPTS_PER_TURN):
            if self._open >= self._settings.max_connections:
                # Not overloaded any more: from now on closed() resumes accepting when a slot is given back.
                self._overloaded = False
                self._pause()  # no slot, no accept: the kernel queues the rest
                return False
            try:
                self._admit(listener)
            except BlockingIOError:
                self._overloaded = False
                return True
            except OSError as error:
                if not concerns_one_connection(error):
                    self._overload(error)
                    return False
        return False

    def closed(self, peer: str) -> None:
        """Take back the slot of a connection that has ended."""
        self._open -= 1
        if self._settings.max_connections_per_peer:
            host = peer.rpartition(":")[0]
            self._per_peer[host] -= 1
            if not self._per_peer[host]:
                del self._per_peer[host]
        if not self._listening and not self._overloaded:
            self.resume()

    def resume(self) -> None:
        """Wait for connections again, if there is a slot."""
        if not self._listening and self._open < self._settings.max_connections:
            self._listening = True
            self._wait_for(HANDLED)

    def on_tick(self, tick: int) -> None:
        """Try again after an overload; once a second log how many were refused."""
        self.resume()
        if self._refused_unsaid and tick % _TICKS_PER_REPORT == 0:
            limit = self._settings.max_connections_per_peer
            self._log.warning("connections_refused", count=self._refused_unsaid, max_connections_per_peer=limit)
            self._refused_unsaid = 0

    def refuse_handshakes(self) -> None:
        """Let no new handshake begin; those under way finish, and are admitted."""
        for listener in self.listeners.values():
            refuse_new_handshakes(listener)

    def close_empty(self, *, force: bool) -> None:
        """As part of the drain, close each listener whose accept queue is empty; with `force` the others too."""
        for fd, listener in list(self.listeners.items()):
            if self.on_event(fd) or force:
                # Other processes share the listener, so epoll would go on telling of it after the close.
                self._epoll.unregister(fd)
                del self.listeners[fd]
                # A connection accepted from another listener may get this descriptor.
                del self._handlers[fd]
                self._end(listener)

    def _end(self, listener: socket.socket) -> None:
        if self._row[Column.STOPPING]:
            # What still waits for a slot or a descriptor at the deadline is reset when the listener closes.
            self._row[Column.CUT] += accept_queue(listener).length
            stop_listening(listener)
        else:
            # Only this worker ends. Its successor accepts those that wait, and needs the listener as it is.
            listener.close()

    def _admit(self, listener: socket.socket) -> None:
        """Take one connection and hand it over, or undo all of it; raise OSError."""
        watch = self._watch
        watched: WatchedSocket | None = None
        if watch is None or not watch.has_room():
            # socket.accept() makes two more calls, to build an object that the spliced path does not need.
            fd, sockaddr = listener._accept()  # type: ignore[attr-defined] # noqa: SLF001
        else:
            watched, sockaddr = accept(listener, "server", lambda peer: _pass_over if is_probe(peer) else watch.begin())
            fd = watched.fileno()
        try:
            if watch is not None and watched is None:
                watch.begun_unwatched(fd)
            os.set_blocking(fd, False)
            peer = address(sockaddr)
            has_room = self._has_room(peer)
        except OSError:
            (watched or socket.socket(fileno=fd)).close()
            raise
        if not has_room:
            self._refuse(watched or socket.socket(fileno=fd))
            return
        self._open += 1
        self._adopt(fd, peer, watched)

    def _has_room(self, peer: str) -> bool:
        """Tell whether this peer may have one more connection, and count it if so."""
        limit = self._settings.max_connections_per_peer
        if limit:
            host = peer.rpartition(":")[0]
            if self._per_peer[host] >= limit:
                return False
            self._per_peer[host] += 1
        return True

    def _refuse(self, sock: StreamSocket) -> None:
        self._row[Column.REFUSED] += 1
        self._refused_unsaid += 1
        reset_on_close(sock)  # a refused peer must not cost a TIME-WAIT
        sock.close()

    def _overload(self, error: OSError) -> None:
        """Leave the accept queue to the kernel until the next tick: descriptors, memory or epoll watches have run out.

        It is logged once until the accept queue is empty: as connections end one by one, others are accepted, and then
        accept() fails again.
        """
        if not self._overloaded:
            self._log.warning("accept_failed", errno=errno.errorcode[error.errno or 0], open_connections=self._open)
        self._overloaded = True
        self._pause()

    def _pause(self) -> None:
        if self._listening:
            self._listening = False
            self._wait_for(0)

    def _wait_for(self, events: int) -> None:
        # Changing what epoll waits for needs no memory, and so cannot fail as registering again could.
        for fd in self.listeners:
            self._epoll.modify(fd, events)
