"""The life of one worker: it accepts and echoes, with signals as its clock, and ends in an orderly way, the drain.

The drain, after SIGTERM: connections in the accept queues are still accepted, the listeners are closed, every open echo
is finished, and connections open at the deadline (drain_timeout_s) are cut. The worker ends when none is left.
"""

import math
import signal
import socket
import time

from services.server.echo.admission import Admission
from services.server.echo.connections import Connections
from services.server.echo.copying import HANDLED
from services.server.echo.counters import Column, Ended
from services.server.echo.idle import IdleWheel
from services.server.settings import ServerSettings
from shared.calls import WatchedSocket
from shared.log import Log
from shared.watch import Watch

# SIGALRM comes this often; all of the loop's timers are counted in ticks, so that an echo never asks for the time.
TICK_S = 0.1

# Ticks between the signal and the end of the listeners: handshakes under way finish, and are accepted.
_GRACE_TICKS = 2


class EchoLoop:
    """Echoes on bound listeners until told to stop; what it does is counted in `row`.

    `wakeup` delivers one byte for each signal (signal.set_wakeup_fd): SIGTERM starts the drain, SIGQUIT ends it, and
    SIGALRM is the clock.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        wakeup: socket.socket,
        settings: ServerSettings,
        log: Log,
        watch: Watch | None,
        row: memoryview,
    ) -> None:
        self._wakeup = wakeup
        self._row = row
        self._watch = watch
        self._connections = Connections(row, log, self._on_closed)
        self._admission = Admission(listeners, self._connections, settings, log, watch, self._on_admitted, row)
        self._connections.handlers[wakeup.fileno()] = self._on_wakeup
        self._connections.epoll.register(wakeup, HANDLED)
        self._tick_due_s = time.monotonic() + TICK_S
        self._idle = IdleWheel()
        # One tick more than the time-out has: the first has already begun when progress is made.
        self._idle_ticks = math.ceil(settings.idle_timeout_s / TICK_S) + 1 if settings.idle_timeout_s else 0
        self._drain_tick: int | None = None
        self._drain_ticks = math.ceil(settings.drain_timeout_s / TICK_S)

    @property
    def is_over(self) -> bool:
        """Whether the drain is complete: all listeners are closed, and no connection is open."""
        return self._drain_tick is not None and not self._admission.listeners and not self._connections.table.open

    def run(self) -> None:
        """Serve until drained."""
        while not self.is_over:
            self._connections.run()
            self._connections.interrupted = False
            # Timers close connections, and so they run between batches of events: in the middle of one, an event of a
            # closed connection could be taken for one of whatever got its descriptor next.
            for signum in self._wakeup.recv(4096):
                if signum == signal.SIGALRM:
                    self._on_tick()
                elif signum == signal.SIGTERM:
                    self._start_draining()
                elif signum == signal.SIGQUIT:
                    self._drain_tick, self._drain_ticks = self._connections.tick, 0
        self._connections.shut()

    def _start_draining(self) -> None:
        """Finish what is open. Where the whole server stops, the kernel stops accepting new connections as well.

        A worker that only makes room for its successor leaves the listener as it is: both share it.
        """
        if self._drain_tick is None:
            self._drain_tick = self._connections.tick
        if self._row[Column.STOPPING]:
            self._admission.refuse_handshakes()

    def _on_admitted(self, fd: int, peer: str, watched: WatchedSocket | None) -> None:
        self._connections.adopt(fd, peer, watched)
        if self._idle_ticks:
            self._idle.schedule(fd, self._connections.tick + self._idle_ticks)

    def _on_closed(self, peer: str) -> None:
        self._admission.closed(peer)

    def _on_wakeup(self, _: int) -> None:
        self._connections.interrupted = True

    def _on_tick(self) -> None:
        self._connections.tick += 1
        now_s = time.monotonic()
        self._row[Column.LAG_US] = max(0, int((now_s - self._tick_due_s) * 1e6))
        self._row[Column.TICK_NS] = time.monotonic_ns()
        self._tick_due_s = now_s + TICK_S
        self._admission.on_tick(self._connections.tick)
        self._close_idle(self._connections.tick)
        if self._watch is not None:
            self._watch.flush()
        if self._drain_tick is not None:
            self._drain(self._connections.tick, self._drain_tick)

    def _close_idle(self, tick: int) -> None:
        table = self._connections.table
        for fd in self._idle.due(tick):
            if table.peer[fd] is not None:
                idle_at = table.progress_tick[fd] + self._idle_ticks
                if idle_at <= tick:
                    self._connections.close(fd, Ended.IDLE_TIMEOUT)
                else:
                    self._idle.schedule(fd, idle_at)

    def _drain(self, tick: int, since: int) -> None:
        """One tick of the drain: close what can be closed without loss, and at the deadline what is left.

        A peer that is silent for a quarter of the drain time-out is told by our FIN that we are finished.
        """
        connections = self._connections
        expired = tick - since >= self._drain_ticks
        if expired or tick - since >= _GRACE_TICKS:
            self._admission.close_empty(force=expired)
        for fd in connections.table.fds():
            if expired:
                if not connections.is_finishing(fd):
                    self._row[Column.CUT] += 1
                connections.close(fd, Ended.DRAIN_TIMEOUT)
            elif connections.is_whole(fd) and not connections.is_finishing(fd):
                quiet_ticks = tick - max(connections.table.progress_tick[fd], since)
                if quiet_ticks * 4 >= self._drain_ticks:
                    connections.finish_sending(fd)
