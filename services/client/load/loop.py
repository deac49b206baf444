"""The load's event loop and its clock, with the fast path: verify an echo, send the next message."""

import select
import signal
import socket
import time
from collections.abc import Callable

from services.client.load.connections.connection import Connection
from services.client.load.connections.pool import Pool
from services.client.load.messages import Messages
from services.client.load.phases import Phase, Plan, Progress, Show
from services.client.load.results.recording import Recording
from services.client.load.traffic import Traffic
from services.client.load.waiting import wait

_NS = 10**9

# Events taken at once: with more, a message that is due meanwhile would wait for all of them.
_MAX_EVENTS = 64

# Interval of ticks, at which samples are counted and time-outs checked; seconds of the wall clock end on a tick. While
# nothing is to be sent, the loop only waits for a phase to end, and checks more often.
_TICK_NS = 50_000_000
_SHORT_TICK_NS = 5_000_000

# Every connection is looked at now and then to find those that are stuck: 10,000 of them take 2.4 ms.
_SCANS_PER_TIMEOUT = 4
_MAX_SCAN_NS = 1_000_000_000

# After a signal, what is in flight gets so long: less than containers are given to stop.
_INTERRUPTED_S = 1.0

# A tick so late is a stall: the process did not run, or had too much to do.
_STALL_NS = 20_000_000

# After a stall of this length all time-outs start anew: the time that passed says nothing about the server.
_LONG_STALL_NS = 100_000_000

_SECOND_NS = _NS


class NotConnected(Exception):
    """No slot had a connection when the load was to begin."""


class LoadLoop:
    """Runs the phases of a load: open, warm up, measure, finish.

    `wakeup` delivers one byte for each signal (signal.set_wakeup_fd); `interrupted` is the first one's number, or 0,
    and `interrupted_ns` when it came (CLOCK_MONOTONIC).
    """

    def __init__(
        self, pool: Pool, traffic: Traffic, messages: Messages, wakeup: socket.socket, show: Show, timeout_s: float
    ) -> None:
        self.interrupted = 0
        self.interrupted_ns = 0
        self.phase = Phase.RAMP
        self._pool = pool
        self._traffic = traffic
        self._messages = messages
        self._wakeup = wakeup
        self._show = show
        self._timeout_s = timeout_s
        self._scan_every_ns = min(int(timeout_s * _NS) // _SCANS_PER_TIMEOUT, _MAX_SCAN_NS)
        self._after_ns = 0
        self._alarm_ns = 0
        self._poll_s = 0.0
        self._scan_ns = 0
        self._show_ns = time.monotonic_ns() + _SECOND_NS
        pool.handlers[wakeup.fileno()] = self._on_signal
        pool.epoll.register(wakeup, select.EPOLLIN)

    def open(self, recording: Recording) -> None:
        """Connect every slot, or try until its deadline; raise NotConnected if none is."""
        self._pool.recording = recording
        self._pool.open(time.monotonic_ns())
        self._run(lambda: self.interrupted or all(slot.was_tried for slot in self._pool.slots), None)
        if not self.interrupted and all(slot.connection is None for slot in self._pool.slots):
            raise NotConnected("not one connection could be made")
        self._pool.keep_open()

    def run_phase(self, recording: Recording, start_ns: int, plan: Plan) -> None:
        """Make messages due from `start_ns` (CLOCK_MONOTONIC) for so long; then wait for those under way."""
        self._pool.account()
        self._pool.recording = recording
        self._run(lambda: self.interrupted, start_ns)
        if self.interrupted:
            return
        self.phase = plan.phase
        self._after_ns = int(plan.after_s * _NS)
        recording.start(start_ns)
        self._traffic.start(start_ns, plan.duration_s, plan.rate)
        self._run(lambda: self.interrupted, start_ns + int(plan.duration_s * _NS))
        self._traffic.stop(at_ns=self.interrupted_ns if self.interrupted else None)
        self.phase = Phase.DRAIN
        if plan.phase is not Phase.WARMUP:
            self._drain(self._traffic.is_drained)
        # Wait until every message in flight has come back or timed out: none may reach into the next phase.
        self._traffic.drop_unsent(recording)
        self._drain(self._traffic.is_drained)
        self._traffic.end(recording)
        self._pool.account()
        recording.end(time.monotonic_ns())

    def _drain(self, is_over: Callable[[], bool]) -> None:
        was_interrupted = bool(self.interrupted)
        self._run(lambda: is_over() or bool(self.interrupted) > was_interrupted, self._deadline_ns())
        if bool(self.interrupted) > was_interrupted:
            self._run(is_over, self._deadline_ns())

    def finish(self, recording: Recording) -> None:
        """Half-close every connection, and judge each when its peer has finished, or the time is up."""
        self._pool.recording = recording
        self._pool.finish()
        self._run(lambda: not self._pool.is_closing, self._deadline_ns())
        self._pool.shut()
        recording.finish()

    def in_flight(self) -> int:
        """Return how many messages are under way."""
        return self._traffic.in_flight()

    def _deadline_ns(self) -> int:
        return time.monotonic_ns() + int((_INTERRUPTED_S if self.interrupted else self._timeout_s) * _NS)

    def _run(self, is_over: Callable[[], object], end_ns: int | None) -> None:
        """Handle events until `is_over()`, which is asked with every tick, or `end_ns`."""
        clock, poll, traffic = time.monotonic_ns, self._pool.epoll.poll, self._traffic
        fast, handlers, readable = self._pool.fast, self._pool.handlers, select.EPOLLIN
        echo = self._fast_path()
        self._alarm_ns, self._poll_s = 0, 0.0
        while True:
            if traffic.next_due_ns is None:
                events = poll(self._poll_s)
            else:
                if clock() >= traffic.next_due_ns:
                    traffic.send_due()
                events = wait(self._pool.epoll, min(self._alarm_ns, traffic.next_due_ns or self._alarm_ns), _MAX_EVENTS)
            now = clock()
            # Before the events: the samples so far belong to the second that may just have ended.
            if is_tick := now >= self._alarm_ns:
                self._on_tick(now, end_ns)
                if is_over() or (end_ns is not None and now >= end_ns):
                    return
            for fd, event in events:
                connection = fast.get(fd)
                if connection is not None and event == readable:
                    echo(connection)
                elif handler := handlers.get(fd):
                    handler(event)
            if is_tick:
                # After the events: a connection whose answer has just been read is not stuck.
                self._judge_stuck(now)

    def _fast_path(self) -> Callable[[Connection], None]:
        """Return a function that takes a message's echo and sends the next message, until the recording changes.

        One function on purpose, with all that it uses looked up before: any further call is made for every message.
        """
        clock, traffic, take_large = time.monotonic_ns, self._traffic, self._traffic.large.take
        header, tail, size = self._messages.header, self._messages.tail, self._messages.size
        record, is_built = self._pool.recording.latency_ns.append, self._messages.is_built

        def echo(connection: Connection) -> None:
            number = connection.begun
            try:
                if not is_built:
                    take_large(connection)
                    return
                data = connection.recv(size)
                if data != connection.expected:
                    traffic.take_back(connection, data)
                    return
                now = clock()
                record(now - connection.sent_ns)
                connection.sent_ns = now
                connection.begun = number + 1
                connection.expected = message = header(connection.number, number) + tail
                sent = connection.send(message)
                if sent != size:
                    traffic.send_rest(connection, sent)
            except BlockingIOError:
                if connection.begun > number:
                    traffic.send_rest(connection, 0)
            except OSError as error:
                traffic.lose(connection, error)

        return echo

    def _on_tick(self, now_ns: int, end_ns: int | None) -> None:
        if self._alarm_ns and now_ns - self._alarm_ns > _STALL_NS:
            self._pool.recording.stalls.add((now_ns - self._alarm_ns) // 1000)
            if now_ns - self._alarm_ns > _LONG_STALL_NS:
                self._pool.forgive(now_ns)
        glance = self._pool.recording.fold(now_ns)
        if glance is None and now_ns >= self._show_ns and not self._pool.recording.timeline.has_started:
            glance = self._pool.recording.glance()
        if glance is not None:
            self._show_ns = now_ns + _SECOND_NS
            left_ns = max(0, end_ns - now_ns) if end_ns is not None and self._traffic.is_sending else 0
            self._show(Progress(self.phase, glance, self._traffic.in_flight(), left_ns + self._after_ns))
            self._pool.tell_untold()
        self._pool.on_tick(now_ns)
        self._traffic.on_tick(now_ns)
        tick_ns = _TICK_NS if self._traffic.is_sending else _SHORT_TICK_NS
        self._alarm_ns = now_ns + tick_ns - self._pool.recording.timeline.wall_ns(now_ns) % tick_ns
        if end_ns is not None and now_ns < end_ns:
            self._alarm_ns = min(self._alarm_ns, end_ns)
        # Not computed anew for every wait: without events the next tick comes at most one tick late, and a closed loop
        # sends nothing meanwhile.
        self._poll_s = (self._alarm_ns - now_ns) / _NS

    def _judge_stuck(self, now_ns: int) -> None:
        if now_ns >= self._scan_ns:
            self._scan_ns = now_ns + self._scan_every_ns
            self._pool.judge_stuck(now_ns)

    def _on_signal(self, _: int) -> None:
        for signum in self._wakeup.recv(64):
            if signum in {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} and not self.interrupted:
                self.interrupted, self.interrupted_ns = signum, time.monotonic_ns()
                self._alarm_ns = 0
