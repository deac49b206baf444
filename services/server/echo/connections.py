"""The open connections of one worker, and the fast path of the echo."""

import contextlib
import errno
import logging
import os
import select
import socket
import time
from collections.abc import Callable

from services.server.echo.copying import HANDLED, Copying
from services.server.echo.counters import CLOSED, Column, Ended
from services.server.echo.splicing import TURN_BYTES, Pipes, Unsent
from services.server.echo.table import Table
from services.server.probes import is_probe
from shared.calls import WatchedSocket
from shared.log import Log

# Only spliced connections wait for this event: it tells them from the others without a look-up for each message.
_SPLICED = select.EPOLLIN

# Announces an urgent byte, in front of which splice() would stop for ever. It comes without _SPLICED where the segment
# with the urgent byte has overtaken a lost one.
_URGENT = select.EPOLLPRI

# As plain integers: indexing with an enum's member costs a function call.
_RECEIVED_BYTES, _SENT_BYTES = int(Column.RECEIVED_BYTES), int(Column.SENT_BYTES)

# How a lost connection is counted; anything else is an error.
_LOST = {errno.ECONNRESET: Ended.RESET, errno.EPIPE: Ended.RESET, errno.ETIMEDOUT: Ended.TIMED_OUT}


class Connections:
    """Every open connection by its descriptor; run() echoes until a handler asks for the loop's attention.

    A message takes the fast path in run(): splice() from the socket into a pipe and back out again, so that the bytes
    never enter Python. Measured against recv_into() and send() it costs as much at 64 B and half as much at 64 KiB, and
    an idle connection costs no object. Every other event of a descriptor goes to its handler.
    """

    def __init__(self, row: memoryview, log: Log, closed: Callable[[str], None]) -> None:
        self.epoll = select.epoll()
        self.table = Table()
        self.handlers: dict[int, Callable[[int], object]] = {}
        self.tick = 0
        self.interrupted = False
        self._row = row
        self._log = log
        self._logs_connections = log.is_enabled_for(logging.INFO)
        self._closed = closed
        self._pipes = Pipes()
        self._unsent: dict[int, Unsent] = {}
        self._copying: dict[int, Copying] = {}
        self._buffer = memoryview(bytearray(TURN_BYTES))
        self._finishing: set[int] = set()

    def run(self) -> None:  # noqa: C901 - one message, one frame: a call for each part would cost what C costs in all
        """Echo until a handler sets `interrupted`."""
        poll, splice = self.epoll.poll, os.splice
        handlers, row, pipes, tick = self.handlers, self._row, self._pipes, self.tick
        received, progress = self.table.received_bytes, self.table.progress_tick
        inlet, outlet, turn_bytes = pipes.inlet, pipes.outlet, pipes.turn_bytes
        while not self.interrupted:
            moved = kept = 0
            for fd, event in poll():
                if event != _SPLICED:
                    if handler := handlers.get(fd):
                        handler(fd)
                        continue
                    if event & _URGENT:
                        self._read_past_urgent(fd)
                        continue
                count = sent = 0
                try:
                    count = splice(fd, inlet, turn_bytes)
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
                    inlet, outlet, turn_bytes = pipes.inlet, pipes.outlet, pipes.turn_bytes
                else:
                    self.close(fd, Ended.PEER_FINISHED)
            if moved:
                row[_RECEIVED_BYTES] += moved
                row[_SENT_BYTES] += moved - kept

    def adopt(self, fd: int, peer: str, watched: WatchedSocket | None) -> None:
        """Take a new connection, spliced, or copied for as long as its calls are to be reported.

        Raises OSError where epoll has no room for it (ENOSPC, ENOMEM): it is then closed, counted and logged.
        """
        self.table.add(fd, peer, self.tick)
        self._row[Column.ACCEPTED] += 1
        if watched is not None:
            self._copying[fd] = Copying(watched)
            self.handlers[fd] = self._copy
        try:
            self.epoll.register(fd, _SPLICED | _URGENT if watched is None else HANDLED)
        except OSError as error:
            self.close(fd, Ended.ERROR, error=error)
            raise

    def is_whole(self, fd: int) -> bool:
        """Tell whether every byte received from this peer has been handed to the kernel again."""
        connection = self._copying.get(fd)
        return fd not in self._unsent if connection is None else connection.received_bytes == connection.sent_bytes

    def is_finishing(self, fd: int) -> bool:
        """Tell whether we have finished sending, and wait for the peer to do so."""
        return fd in self._finishing

    def finish_sending(self, fd: int) -> None:
        """Send our FIN; what the peer sends from now on cannot be echoed."""
        self._finishing.add(fd)
        with contextlib.suppress(OSError):  # a reset that epoll is about to tell
            if connection := self._copying.get(fd):
                connection.sock.shutdown(socket.SHUT_WR)
            else:
                sock = socket.socket(fileno=fd)
                try:
                    sock.shutdown(socket.SHUT_WR)
                finally:
                    sock.detach()

    def close(self, fd: int, ended: Ended, *, unsent: int = 0, error: OSError | None = None) -> None:
        """Close a connection: counted by how it `ended`, and logged."""
        peer = self.table.remove(fd)
        self.handlers.pop(fd, None)
        self._finishing.discard(fd)
        if rest := self._unsent.pop(fd, None):
            unsent += rest.left
            self._pipes.release(rest)
        try:
            if connection := self._copying.pop(fd, None):
                unsent += connection.received_bytes - connection.sent_bytes
                connection.sock.close()
            else:
                os.close(fd)
        except OSError:
            pass  # close() reports earlier errors; the descriptor is closed anyway
        self._row[CLOSED[ended]] += 1
        if self._logs_connections:
            received = self.table.received_bytes[fd]
            log = self._log.debug if is_probe(peer) else self._log.info
            log(
                "connection_closed",
                peer=peer,
                ended=ended if error is None else errno.errorcode.get(error.errno or 0, str(error)),
                received_bytes=received,
                sent_bytes=received - unsent,
                duration_ms=round((time.monotonic() - self.table.opened_s[fd]) * 1000, 3),
            )
        self._closed(peer)

    def shut(self) -> None:
        """Close epoll and the pipes, after the last connection."""
        self._pipes.close()
        self.epoll.close()

    def _lose(self, fd: int, error: OSError, in_pipe: int) -> None:
        """Give up a connection that failed; `in_pipe` bytes of it were read and are still in the shared pipe."""
        if in_pipe:
            self._pipes.discard(in_pipe)
            self.table.received_bytes[fd] += in_pipe
            self._row[Column.RECEIVED_BYTES] += in_pipe
        # Bytes that arrive after our FIN cannot be echoed: this is a cut by the server, and no error of the peer.
        if fd in self._finishing and error.errno == errno.EPIPE:
            self._row[Column.CUT] += 1
        self.close(fd, _LOST.get(error.errno or 0, Ended.ERROR), unsent=in_pipe, error=error)

    def _read_past_urgent(self, fd: int) -> None:
        """Copy one turn: recv() does not stop at the urgent byte, which is in the stream (SO_OOBINLINE)."""
        try:
            data = os.read(fd, TURN_BYTES)
        except BlockingIOError:
            # The bytes before the urgent byte have not arrived yet. Wait for them alone: the urgent event would be
            # reported again and again.
            self.handlers[fd] = self._read_past_urgent
            self.epoll.modify(fd, HANDLED)
            return
        except OSError as error:
            self._lose(fd, error, 0)
            return
        self._row[Column.RECEIVED_BYTES] += len(data)
        self.table.received_bytes[fd] += len(data)
        self._set_aside(fd, self._pipes.copy(data))

    def _keep(self, fd: int, left: int) -> None:
        """Set aside what did not go out; until it has, nothing more is read from this connection."""
        self._set_aside(fd, self._pipes.keep(left))

    def _set_aside(self, fd: int, unsent: Unsent) -> None:
        self._unsent[fd] = unsent
        self.handlers[fd] = self._pay
        self.epoll.modify(fd, select.EPOLLOUT)

    def _pay(self, fd: int) -> None:
        unsent = self._unsent[fd]
        try:
            sent = self._pipes.send(unsent, fd)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(fd, error, 0)
            return
        self._row[Column.SENT_BYTES] += sent
        self.table.progress_tick[fd] = self.tick
        if not unsent.left:
            self._pipes.release(self._unsent.pop(fd))
            del self.handlers[fd]
            self.epoll.modify(fd, _SPLICED | _URGENT)

    def _copy(self, fd: int) -> None:
        connection = self._copying[fd]
        received, sent, events = connection.received_bytes, connection.sent_bytes, connection.events
        failure: OSError | None = None
        try:
            connection.advance(self._buffer)
        except BlockingIOError:
            return
        except OSError as error:
            failure = error.with_traceback(None)  # the traceback and this frame would keep each other alive
        self.table.received_bytes[fd] = connection.received_bytes
        self.table.progress_tick[fd] = self.tick
        self._row[Column.RECEIVED_BYTES] += connection.received_bytes - received
        self._row[Column.SENT_BYTES] += connection.sent_bytes - sent
        if failure is not None:
            self._lose(fd, failure, 0)
        elif connection.is_finished:
            self.close(fd, Ended.PEER_FINISHED)
        elif connection.can_be_spliced:
            self._copying.pop(fd).sock.detach()
            del self.handlers[fd]
            self.epoll.modify(fd, _SPLICED | _URGENT)
        elif events != connection.events:
            self.epoll.modify(fd, connection.events)
