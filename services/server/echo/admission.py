"""Who gets in: takes connections from the accept queues while there is room, and says no where it must."""

import errno
import os
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

from services.server.echo.connections import Connections
from services.server.echo.copying import HANDLED
from services.server.echo.counters import Column
from services.server.listeners import accept_queue, refuse_new_handshakes, stop_listening
from services.server.settings import ServerSettings
from shared.calls import WatchedSocket, accept, address
from shared.log import Log
from shared.sockets import is_overload, reset_on_close
from shared.watch import Watch

# What the loop does with a new connection: its descriptor, its peer, and its socket if its calls are to be reported.
Adopt: TypeAlias = Callable[[int, str, WatchedSocket | None], None]

# Connections taken in one turn: a storm of them must not hold up the echoes of the others.
_ACCEPTS_PER_TURN = 64

_TICKS_PER_REPORT = 10  # one second


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
        self.listeners = {listener.fileno(): listener for listener in listeners}
        self._handlers = connections.handlers
        self._handlers.update(dict.fromkeys(self.listeners, self.on_event))
        self._epoll = connections.epoll
        self._settings = settings
        self._log = log
        self._watch = watch
        self._adopt = adopt
        self._row = row
        self._open = 0
        self._per_peer: Counter[str] = Counter()
        self._listening = False
        self._overloaded = False
        self._refused_unsaid = 0
        self.resume()

    def on_event(self, fd: int) -> bool:
        """Take connections from one listener's queue; tell whether it is empty."""
        listener = self.listeners[fd]
        for _ in range(_ACCEPTS_PER_TURN):
            if self._open >= self._settings.max_connections:
                self._overloaded = False  # or closed() would not resume
                self._pause()  # no slot, no accept: the kernel queues the rest
                return False
            try:
                self._admit(listener)
            except BlockingIOError:
                self._overloaded = False
                return True
            except OSError as error:
                if is_overload(error):
                    self._overload(error)
                    return False
                # accept(2): an error of that connection, which is gone; there may be others.
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
        """Listen again, if there is a slot."""
        if not self._listening and self._open < self._settings.max_connections:
            self._listening = True
            for fd in self.listeners:
                self._epoll.register(fd, HANDLED)

    def on_tick(self, tick: int) -> None:
        """Try again after an overload; once a second say how many were refused."""
        self.resume()
        if self._refused_unsaid and tick % _TICKS_PER_REPORT == 0:
            limit = self._settings.max_connections_per_peer
            self._log.warning("connections_refused", count=self._refused_unsaid, max_connections_per_peer=limit)
            self._refused_unsaid = 0

    def start_closing(self) -> None:
        """Let no new handshake begin; those under way finish, and are admitted."""
        for listener in self.listeners.values():
            refuse_new_handshakes(listener)

    def close_empty(self, *, force: bool) -> None:
        """Close each listener whose queue is empty; with `force` each, which resets what is still queued."""
        for fd, listener in list(self.listeners.items()):
            if self.on_event(fd) or force:
                # For some there was no slot or descriptor until the deadline: closing the listener resets them.
                self._row[Column.CUT] += accept_queue(listener).length
                if self._listening:
                    self._epoll.unregister(fd)
                del self.listeners[fd]
                # A connection that another listener still takes may get this number.
                del self._handlers[fd]
                # The supervisor holds this socket too, for a worker that would replace this one: close() alone would
                # leave it listening.
                stop_listening(listener)

    def _admit(self, listener: socket.socket) -> None:
        watch = self._watch
        if watch is None or not watch.has_room():
            # socket.accept() builds an object that the spliced path has no use for, at the price of two more calls.
            fd, sockaddr = listener._accept()  # type: ignore[attr-defined] # noqa: SLF001
            watched = None
            if watch is not None:
                watch.begun_unwatched(fd)
        else:
            watched, sockaddr = accept(listener, "server", watch.begin())
            fd = watched.fileno()
        peer = address(sockaddr)
        if self._settings.max_connections_per_peer and not self._has_room(peer):
            self._refuse(fd, watched)
            return
        os.set_blocking(fd, False)
        self._open += 1
        self._adopt(fd, peer, watched)

    def _has_room(self, peer: str) -> bool:
        host = peer.rpartition(":")[0]
        if self._per_peer[host] >= self._settings.max_connections_per_peer:
            return False
        self._per_peer[host] += 1
        return True

    def _refuse(self, fd: int, watched: Any) -> None:
        self._row[Column.REFUSED] += 1
        self._refused_unsaid += 1
        sock = socket.socket(fileno=os.dup(fd)) if watched else socket.socket(fileno=fd)
        reset_on_close(sock)
        sock.close()
        if watched:
            watched.close()

    def _overload(self, error: OSError) -> None:
        """Out of descriptors or memory: leave the queue to the kernel until the next tick.

        Said once until nobody waits any more: while connections end one by one, others get in and it fails again.
        """
        if not self._overloaded:
            self._log.warning("accept_failed", errno=errno.errorcode[error.errno or 0], open_connections=self._open)
        self._overloaded = True
        self._pause()

    def _pause(self) -> None:
        if self._listening:
            self._listening = False
            for fd in self.listeners:
                self._epoll.unregister(fd)
