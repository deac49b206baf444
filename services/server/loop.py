"""One process's echo loop: epoll, many connections at once, and an orderly end."""

import contextlib
import errno
import math
import select
import signal
import socket
import time
from dataclasses import dataclass

from services.server.connection import TURN_BYTES, Connection
from services.server.drain import accept_queue_length, refuse_new_handshakes
from services.server.idle import IdleWheel
from services.server.settings import ServerSettings
from shared.calls import Report, StreamSocket, accept, address
from shared.log import Log

# SIGALRM comes this often; all of the loop's timers are counted in ticks, so that an echo never asks for the time.
TICK_S = 0.1

# Connections taken in one turn: a storm of them must not hold up the echoes of the others.
_ACCEPTS_PER_TURN = 64

# accept(2): the process, or the machine, is out of something; it may come back.
_OVERLOAD = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

# Ticks between the signal and the end of the listener: handshakes under way finish, and are accepted.
_GRACE_TICKS = 2


@dataclass
class Totals:
    """What one loop did in its life: connections taken, bytes received and echoed, connections that it cut."""

    connections: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    cut: int = 0


class EchoLoop:
    """Echoes on bound listeners until told to stop.

    `wakeup` delivers one byte for each signal (signal.set_wakeup_fd): SIGTERM or SIGINT starts the drain, a second one
    ends it, SIGALRM is the clock.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        wakeup: socket.socket,
        settings: ServerSettings,
        log: Log,
        report: Report | None,
    ) -> None:
        self._settings = settings
        self._log = log
        self._report = report
        self._wakeup = wakeup
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._connections: dict[int, Connection] = {}
        self._buffer = memoryview(bytearray(TURN_BYTES))
        self._epoll = select.epoll()
        self._tick = 0
        self._idle = IdleWheel()
        self._idle_ticks = math.ceil(settings.idle_timeout_s / TICK_S)
        self._drain_tick: int | None = None
        self._drain_ticks = math.ceil(settings.drain_timeout_s / TICK_S)
        self._told: set[int] = set()
        self._accepting = False
        self._overloaded = False
        self._totals = Totals()

    def run(self) -> Totals:
        """Serve until drained."""
        self._epoll.register(self._wakeup, select.EPOLLIN)
        self._resume_accepting()
        while self._drain_tick is None or self._listeners or self._connections:
            for fd, _ in self._epoll.poll():
                if connection := self._connections.get(fd):
                    self._advance(fd, connection)
                elif listener := self._listeners.get(fd):
                    self._accept(listener)
                elif fd == self._wakeup.fileno():
                    self._wake()
        self._epoll.close()
        return self._totals

    def _advance(self, fd: int, connection: Connection) -> None:
        try:
            events = connection.advance(self._buffer)
        except BlockingIOError:
            return  # an event of this descriptor's previous owner
        except OSError as error:
            # Bytes that come after we said that we are finished are lost to the peer, and by our doing.
            self._totals.cut += fd in self._told and isinstance(error, BrokenPipeError)
            self._close(fd, connection, ended=errno.errorcode.get(error.errno or 0, str(error)))
            return
        connection.progress_tick = self._tick
        if not events:
            self._close(fd, connection, ended="peer_finished")
        elif events != connection.events:
            connection.events = events
            self._epoll.modify(fd, events)

    def _close(self, fd: int, connection: Connection, *, ended: str) -> None:
        del self._connections[fd]
        self._told.discard(fd)
        with contextlib.suppress(OSError):  # ECONNRESET and kin: it is closed all the same
            connection.sock.close()
        self._totals.received_bytes += connection.received_bytes
        self._totals.sent_bytes += connection.sent_bytes
        self._log.info(
            "connection_closed",
            peer=connection.peer,
            ended=ended,
            received_bytes=connection.received_bytes,
            sent_bytes=connection.sent_bytes,
            duration_ms=round((time.monotonic() - connection.opened_s) * 1000, 3),
        )
        if not self._accepting and not self._overloaded:
            self._resume_accepting()

    def _accept(self, listener: socket.socket) -> bool:
        """Take connections from the accept queue; tell whether it is empty."""
        for _ in range(_ACCEPTS_PER_TURN):
            if len(self._connections) >= self._settings.max_connections:
                self._pause_accepting()
                return False
            try:
                sock, sockaddr = self._next(listener)
            except BlockingIOError:
                return True
            except OSError as error:
                if error.errno in _OVERLOAD:
                    self._overload(error)
                    return False
                continue  # accept(2): an error of that connection, which is gone; there may be others
            self._adopt(sock, address(sockaddr))
        return False

    def _next(self, listener: socket.socket) -> tuple[StreamSocket, tuple[str, int]]:
        if self._report is None:
            return listener.accept()
        return accept(listener, "server", self._report)

    def _adopt(self, sock: StreamSocket, peer: str) -> None:
        sock.setblocking(False)
        fd = sock.fileno()
        self._connections[fd] = Connection(sock, peer, self._tick)
        self._epoll.register(fd, select.EPOLLIN)
        self._totals.connections += 1
        self._overloaded = False
        if self._idle_ticks:
            self._idle.schedule(fd, self._tick + self._idle_ticks)

    def _overload(self, error: OSError) -> None:
        """Out of descriptors or memory: say so once, and leave the queue to the kernel until the next tick."""
        if not self._overloaded:
            name = errno.errorcode[error.errno or 0]
            self._log.warning("accept_failed", errno=name, open_connections=len(self._connections))
        self._overloaded = True
        self._pause_accepting()

    def _pause_accepting(self) -> None:
        if self._accepting:
            self._accepting = False
            for fd in self._listeners:
                self._epoll.unregister(fd)

    def _resume_accepting(self) -> None:
        if not self._accepting:
            self._accepting = True
            for fd in self._listeners:
                self._epoll.register(fd, select.EPOLLIN)

    def _wake(self) -> None:
        for signum in self._wakeup.recv(4096):
            if signum == signal.SIGALRM:
                self._on_tick()
            elif signum in (signal.SIGTERM, signal.SIGINT):
                self._on_stop(signal.Signals(signum))

    def _on_tick(self) -> None:
        self._tick += 1
        if not self._accepting and len(self._connections) < self._settings.max_connections:
            self._resume_accepting()
        for fd in self._idle.due(self._tick):
            if connection := self._connections.get(fd):
                idle_at = connection.progress_tick + self._idle_ticks
                if idle_at <= self._tick:
                    self._close(fd, connection, ended="idle_timeout")
                else:
                    self._idle.schedule(fd, idle_at)
        if self._drain_tick is not None:
            self._drain(self._drain_tick)

    def _on_stop(self, signum: signal.Signals) -> None:
        if self._drain_tick is not None:  # told twice: no more waiting
            self._drain_ticks = 0
            return
        self._log.info("drain_started", signal=signum.name, open_connections=len(self._connections))
        self._drain_tick = self._tick
        for listener in self._listeners.values():
            refuse_new_handshakes(listener)

    def _drain(self, since: int) -> None:
        """One tick of the drain: close what can be closed without loss, and at the deadline what is left.

        A peer that is silent for a quarter of the drain time-out is told by our FIN that we are finished.
        """
        expired = self._tick - since >= self._drain_ticks
        if self._tick - since >= _GRACE_TICKS:
            for fd, listener in list(self._listeners.items()):
                if self._accept(listener) or expired:
                    self._retire(fd, listener)
        for fd, connection in list(self._connections.items()):
            if expired:
                self._totals.cut += fd not in self._told
                self._close(fd, connection, ended="drain_timeout")
            elif connection.is_whole and fd not in self._told:
                quiet_ticks = self._tick - max(connection.progress_tick, since)
                if quiet_ticks * 4 >= self._drain_ticks:
                    self._told.add(fd)
                    with contextlib.suppress(OSError):  # a reset that epoll is about to tell
                        connection.sock.shutdown(socket.SHUT_WR)

    def _retire(self, fd: int, listener: socket.socket) -> None:
        # For some there was no slot or descriptor until the deadline: closing the listener resets them.
        self._totals.cut += accept_queue_length(listener)
        del self._listeners[fd]
        if self._accepting:
            self._epoll.unregister(fd)
        listener.close()
