"""One worker's echo loop: epoll, many connections at once, and an orderly end."""

import contextlib
import errno
import logging
import math
import os
import select
import signal
import socket
import time
from collections.abc import Callable

from services.server.admission import HANDLED, Admission
from services.server.connection import Copying
from services.server.counters import CLOSED, Column
from services.server.idle import IdleWheel
from services.server.settings import ServerSettings
from services.server.splicing import TURN_BYTES, Owed, Pipes
from services.server.table import Table
from shared.calls import Report, WatchedSocket
from shared.log import Log

# SIGALRM comes this often; all of the loop's timers are counted in ticks, so that an echo never asks for the time.
TICK_S = 0.1

# Ticks between the signal and the end of the listeners: handshakes under way finish, and are accepted.
_GRACE_TICKS = 2

# What a spliced connection waits for, and nothing else does: telling them apart by the event saves a look-up a message.
_SPLICED = select.EPOLLIN

# How a lost connection is counted; anything else is an error.
_LOST = {errno.ECONNRESET: "reset", errno.EPIPE: "reset", errno.ETIMEDOUT: "timed_out"}


class EchoLoop:
    """Echoes on bound listeners until told to stop; what it does is counted in `row`.

    `wakeup` delivers one byte for each signal (signal.set_wakeup_fd): SIGTERM starts the drain, SIGQUIT ends it, and
    SIGALRM is the clock.

    A message takes the fast path in run(): splice() from the socket into a pipe and back out again, so that the bytes
    never enter Python. Measured against recv_into/send it costs as much at 64 B and half as much at 64 KiB, and an idle
    connection costs no object. Everything else about a descriptor has a handler in `_handlers`.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        wakeup: socket.socket,
        settings: ServerSettings,
        log: Log,
        report: Report | None,
        row: memoryview,
    ) -> None:
        self._log = log
        self._logs_connections = log.is_enabled_for(logging.INFO)
        self._wakeup = wakeup
        self._row = row
        self._epoll = select.epoll()
        self._table = Table()
        self._pipes = Pipes()
        self._owed: dict[int, Owed] = {}
        self._copying: dict[int, Copying] = {}
        self._buffer = memoryview(bytearray(TURN_BYTES if report else 0))
        self._admission = Admission(listeners, self._epoll, settings, log, report, self._adopt, row)
        self._handlers: dict[int, Callable[[int], object]] = dict.fromkeys(
            self._admission.listeners, self._admission.on_event
        )
        # Timers close connections: only between batches, where no event of theirs can still be waiting, to be taken for
        # one of whatever got the descriptor next.
        self._woken = False
        self._handlers[wakeup.fileno()] = self._note_wake
        self._epoll.register(wakeup, HANDLED)
        self._tick = 0
        self._tick_due_s = time.monotonic() + TICK_S
        self._idle = IdleWheel()
        self._idle_ticks = math.ceil(settings.idle_timeout_s / TICK_S)
        self._drain_tick: int | None = None
        self._drain_ticks = math.ceil(settings.drain_timeout_s / TICK_S)
        self._told: set[int] = set()

    def run(self) -> None:
        """Serve until drained."""
        poll, splice = self._epoll.poll, os.splice
        handlers, row = self._handlers, self._row
        received_bytes, sent_bytes = int(Column.RECEIVED_BYTES), int(Column.SENT_BYTES)
        received, progress = self._table.received_bytes, self._table.progress_tick
        while self._drain_tick is None or self._admission.listeners or self._table.open:
            pipe, turn, tick = self._pipes.current, self._pipes.turn_bytes, self._tick
            inlet, outlet = pipe.inlet, pipe.outlet
            moved = kept = 0
            for fd, event in poll():
                if event != _SPLICED and fd in handlers:
                    handlers[fd](fd)
                    continue
                count = sent = 0
                try:
                    count = splice(fd, inlet, turn)
                    sent = splice(outlet, fd, count)
                except BlockingIOError:
                    if not count:
                        continue  # nothing to read after all
                except OSError as error:
                    self._lose(fd, error, count)
                    continue
                if count:
                    progress[fd] = tick
                    received[fd] += count
                    moved += count
                    if sent == count:
                        continue
                    kept += count - sent
                    self._keep(fd, count - sent)
                    pipe, turn = self._pipes.current, self._pipes.turn_bytes
                    inlet, outlet = pipe.inlet, pipe.outlet
                else:
                    self._close(fd, "peer_finished")
            if moved:
                row[received_bytes] += moved
                row[sent_bytes] += moved - kept
            if self._woken:
                self._wake()
        self._pipes.close()
        self._epoll.close()

    # -- connections whose peer does not take its echo

    def _keep(self, fd: int, left: int) -> None:
        """Set aside what did not go out; until it has, nothing more is read from this connection."""
        self._owed[fd] = self._pipes.keep(left)
        self._handlers[fd] = self._pay
        self._epoll.modify(fd, select.EPOLLOUT)

    def _pay(self, fd: int) -> None:
        owed = self._owed[fd]
        try:
            sent = owed.pay(fd)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(fd, error, 0)
            return
        self._pipes.paid(sent)
        self._row[Column.SENT_BYTES] += sent
        self._table.progress_tick[fd] = self._tick
        if not owed.left:
            self._pipes.release(self._owed.pop(fd))
            del self._handlers[fd]
            self._epoll.modify(fd, _SPLICED)

    # -- connections whose calls are reported

    def _copy(self, fd: int) -> None:
        connection = self._copying[fd]
        received, sent = connection.received_bytes, connection.sent_bytes
        failure: OSError | None = None
        events = connection.events
        try:
            events = connection.advance(self._buffer)
        except BlockingIOError:
            return
        except OSError as error:
            failure = error
        self._table.received_bytes[fd] = connection.received_bytes
        self._table.progress_tick[fd] = self._tick
        self._row[Column.RECEIVED_BYTES] += connection.received_bytes - received
        self._row[Column.SENT_BYTES] += connection.sent_bytes - sent
        if failure is not None:
            self._lose(fd, failure, 0)
        elif not events:
            self._close(fd, "peer_finished")
        elif events != connection.events:
            connection.events = events
            self._epoll.modify(fd, events)

    # -- the beginning and the end of a connection

    def _adopt(self, fd: int, peer: str, watched: WatchedSocket | None) -> None:
        self._table.add(fd, peer, self._tick)
        events = _SPLICED
        if watched is not None:
            self._copying[fd] = Copying(watched)
            self._handlers[fd] = self._copy
            events = HANDLED
        self._epoll.register(fd, events)
        self._row[Column.ACCEPTED] += 1
        if self._idle_ticks:
            self._idle.schedule(fd, self._tick + self._idle_ticks)

    def _lose(self, fd: int, error: OSError, in_pipe: int) -> None:
        """The connection failed; `in_pipe` bytes of it were read and are still in the shared pipe."""
        if in_pipe:
            self._pipes.discard(in_pipe)
            self._table.received_bytes[fd] += in_pipe
            self._row[Column.RECEIVED_BYTES] += in_pipe
        # Bytes that come after we said that we are finished are lost to the peer, and by our doing.
        self._row[Column.CUT] += fd in self._told and error.errno == errno.EPIPE
        self._close(fd, _LOST.get(error.errno or 0, "error"), unsent=in_pipe, error=error)

    def _close(self, fd: int, ended: str, *, unsent: int = 0, error: OSError | None = None) -> None:
        peer = self._table.remove(fd)
        self._told.discard(fd)
        self._handlers.pop(fd, None)
        if owed := self._owed.pop(fd, None):
            unsent += owed.left
            self._pipes.release(owed)
        try:
            if connection := self._copying.pop(fd, None):
                unsent += connection.received_bytes - connection.sent_bytes
                connection.sock.close()
            else:
                os.close(fd)
        except OSError:
            pass  # close() tells of old errors; the descriptor is gone all the same
        self._row[CLOSED[ended]] += 1
        if self._logs_connections:
            received = self._table.received_bytes[fd]
            self._log.info(
                "connection_closed",
                peer=peer,
                ended=ended if error is None else errno.errorcode.get(error.errno or 0, str(error)),
                received_bytes=received,
                sent_bytes=received - unsent,
                duration_ms=round((time.monotonic() - self._table.opened_s[fd]) * 1000, 3),
            )
        self._admission.closed(peer)

    # -- signals and time

    def _note_wake(self, _: int) -> None:
        self._woken = True

    def _wake(self) -> None:
        self._woken = False
        for signum in self._wakeup.recv(4096):
            if signum == signal.SIGALRM:
                self._on_tick()
            elif signum == signal.SIGTERM and self._drain_tick is None:
                self._drain_tick = self._tick
                self._admission.start_closing()
            elif signum == signal.SIGQUIT:
                self._drain_tick, self._drain_ticks = self._tick, 0

    def _on_tick(self) -> None:
        self._tick += 1
        now_s = time.monotonic()
        self._row[Column.LAG_US] = max(0, int((now_s - self._tick_due_s) * 1e6))
        self._row[Column.TICK_NS] = time.monotonic_ns()
        self._tick_due_s = now_s + TICK_S
        self._admission.on_tick(self._tick)
        for fd in self._idle.due(self._tick):
            if fd < len(self._table.peer) and self._table.peer[fd] is not None:
                idle_at = self._table.progress_tick[fd] + self._idle_ticks
                if idle_at <= self._tick:
                    self._close(fd, "idle_timeout")
                else:
                    self._idle.schedule(fd, idle_at)
        if self._drain_tick is not None:
            self._drain(self._drain_tick)

    def _drain(self, since: int) -> None:
        """One tick of the drain: close what can be closed without loss, and at the deadline what is left.

        A peer that is silent for a quarter of the drain time-out is told by our FIN that we are finished.
        """
        expired = self._tick - since >= self._drain_ticks
        if expired or self._tick - since >= _GRACE_TICKS:
            self._admission.close_empty(force=expired)
        for fd in self._table.fds():
            if expired:
                self._row[Column.CUT] += fd not in self._told
                self._close(fd, "drain_timeout")
            elif fd not in self._told and self._is_whole(fd):
                quiet_ticks = self._tick - max(self._table.progress_tick[fd], since)
                if quiet_ticks * 4 >= self._drain_ticks:
                    self._told.add(fd)
                    self._finish_sending(fd)

    def _is_whole(self, fd: int) -> bool:
        if connection := self._copying.get(fd):
            return connection.sent_bytes == connection.received_bytes
        return fd not in self._owed

    def _finish_sending(self, fd: int) -> None:
        with contextlib.suppress(OSError):  # a reset that epoll is about to tell
            if connection := self._copying.get(fd):
                connection.sock.shutdown(socket.SHUT_WR)
            else:
                sock = socket.socket(fileno=fd)
                try:
                    sock.shutdown(socket.SHUT_WR)
                finally:
                    sock.detach()
