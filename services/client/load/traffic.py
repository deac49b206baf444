"""The traffic of messages: begins those that are due, records those that came back, and has the others judged."""

import select
import time
from functools import partial

from services.client.errors import ClosedEarly
from services.client.load.connections.connection import MAX_LOW_WATER_BYTES, Connection
from services.client.load.connections.pool import Pool
from services.client.load.connections.slot import Slot
from services.client.load.connections.verdict import Verdict, reset_verdict
from services.client.load.large import LargeMessages
from services.client.load.messages import Messages
from services.client.load.results.recording import Recording
from services.client.load.results.saturation import Counts
from services.client.load.schedule import Schedule
from services.client.load.settings import LoadSettings

# A message begun later than this counts as our own lateness; the median lateness is below it (see waiting.py).
_LATE_NS = 100_000

# Most messages begun in one turn: with more, echoes that have arrived would wait to be read.
_DUE_PER_TURN = 64


class Traffic:
    """Open loop: a slot begins what is due and queued there. Closed loop: it begins whenever it may have one more.

    `next_due_ns` is when the next message of an open loop is due, or None.
    """

    def __init__(self, settings: LoadSettings, pool: Pool, messages: Messages) -> None:
        self.next_due_ns: int | None = None
        self.is_sending = False
        self._pool = pool
        self._messages = messages
        self._pipeline = settings.pipeline
        self._limit = settings.messages_per_connection
        self._schedule: Schedule | None = None
        self._next = self._taken = 0
        self._begun = 0  # closed loop: on connections that are gone
        # The loop's fast path is for the common case: a closed loop with one message in flight, received whole.
        self._is_fast = (
            not settings.rate and self._pipeline == 1 and not self._limit and messages.size <= MAX_LOW_WATER_BYTES
        )
        self.large = LargeMessages(pool, messages, self.take_back, self.send_rest)
        pool.opened, pool.detached = self._on_opened, self._on_detached

    def start(self, start_ns: int, duration_s: float, rate: float) -> None:
        """Begin to send: what is due from `start_ns` on, or as much as may be in flight (`rate` 0).

        Nothing may be in flight: end() has seen to that.
        """
        self.is_sending = True
        self._schedule = Schedule(rate, duration_s, len(self._pool.slots), start_ns) if rate else None
        self._next, self._taken, self.next_due_ns = 0, 0, start_ns if rate else None
        self._begun = 0
        for slot in self._pool.slots:
            slot.due = slot.taken = 0
            if slot.connection is not None:
                slot.connection.first = -slot.connection.begun
                self._fill(slot, slot.connection)

    def stop(self, *, at_ns: int | None = None) -> None:
        """Let no more be due than the schedule has, or than it has until `at_ns`."""
        self.is_sending = False
        for connection in list(self._pool.fast.values()):
            self._pool.slow_down(connection)
        if at_ns is not None and self._schedule is not None:
            self._schedule.cut(at_ns, self._next)

    def drop_unsent(self, recording: Recording) -> None:
        """Begin no more messages; those that are due and not begun will never be sent."""
        schedule, self.next_due_ns = self._schedule, None
        if schedule is not None:
            for slot in self._pool.slots:
                recording.unanswered.add_range(slot.taken, slot.due, partial(schedule.due_on, slot.index))
                slot.due = slot.taken
            recording.unanswered.add_range(self._next, schedule.count, schedule.due_ns)
            self._next = schedule.count

    def is_drained(self) -> bool:
        """Tell whether nothing is in flight, and nothing that was due waits for a connection."""
        return self.next_due_ns is None and not any(
            slot.taken < slot.due or (slot.connection is not None and slot.connection.in_flight)
            for slot in self._pool.slots
        )

    def end(self, recording: Recording) -> None:
        """End the phase, and leave nothing of it to the next one: count what was due and did not come back.

        A connection that still waits for an echo is judged, and replaced: its answers belong to this phase.
        """
        for slot in self._pool.slots:
            if slot.connection is not None and slot.connection.in_flight:
                self._pool.judge(slot)
        if self._schedule is None:
            self._begun += sum(one.begun + one.first for one in self._connections())
        recording.messages_due = self._begun if self._schedule is None else self._schedule.count
        self._schedule, self.next_due_ns = None, None

    def _on_opened(self, slot: Slot, connection: Connection) -> None:
        """Take a new connection into the traffic."""
        connection.first = slot.taken
        self._pool.handlers[connection.fd] = partial(self._on_event, slot)
        self._fill(slot, connection)

    def _on_detached(self, slot: Slot, connection: Connection) -> None:
        """Count what was in flight on a connection that is given up: it was due, and has no answer."""
        self._begun += connection.begun + connection.first
        unanswered, schedule = self._pool.recording.unanswered, self._schedule
        for number, begun_ns in enumerate(connection.stamps_ns, connection.begun - len(connection.stamps_ns)):
            nth = connection.first + number
            unanswered.add(begun_ns if schedule is None else schedule.due_on(slot.index, nth))

    def _connections(self) -> list[Connection]:
        return [slot.connection for slot in self._pool.slots if slot.connection is not None]

    def in_flight(self) -> int:
        """Return how many messages were begun and have not come back."""
        return sum(1 if one.fd in self._pool.fast else one.in_flight for one in self._connections())

    def on_tick(self, now_ns: int) -> None:
        """Tell the recording how far an open loop has come."""
        if self._schedule is not None:
            recording = self._pool.recording
            recording.saturation.tick(now_ns, Counts(self._next, recording.late.count, self._taken))

    def send_due(self) -> None:
        """Begin what is due by now, each on its slot's connection, or leave it in the slot's queue."""
        schedule = self._schedule
        assert schedule is not None  # noqa: S101 - whoever asks has seen `next_due_ns`
        slots = self._pool.slots
        for _ in range(_DUE_PER_TURN):
            if self._next == schedule.count:
                self.next_due_ns = None
                return
            due_ns = schedule.due_ns(self._next)
            late_ns = time.monotonic_ns() - due_ns
            if late_ns < 0:
                self.next_due_ns = due_ns
                return
            slot = slots[self._next % len(slots)]
            self._next += 1
            slot.due += 1
            connection = slot.connection
            if late_ns > _LATE_NS:
                # A server cannot hold up this loop: even if the connection was busy, this lateness is our own.
                self._pool.recording.late.add(late_ns // 1000)
            if connection is not None and slot.due - slot.taken == 1 and self._has_room(connection):
                self._fill(slot, connection)

    def take_back(self, connection: Connection, data: bytes) -> None:
        """Go on with a connection of the fast path that received something other than its whole message."""
        slot = self._pool.slots[connection.index]
        self._pool.slow_down(connection)
        self._take(slot, connection, data)

    def send_rest(self, connection: Connection, sent_bytes: int) -> None:
        """Go on with a connection of the fast path whose last message the kernel has not taken whole."""
        self._pool.slow_down(connection)
        connection.sent_bytes -= self._messages.size - sent_bytes
        self._fill(self._pool.slots[connection.index], connection)

    def lose(self, connection: Connection, error: OSError) -> None:
        """Give up a connection that the kernel reports as lost."""
        self._pool.lose(self._pool.slots[connection.index], reset_verdict(error))

    def _on_event(self, slot: Slot, event: int) -> None:
        connection = slot.connection
        if connection is None:
            return
        if event & ~select.EPOLLOUT:
            self._pool.slow_down(connection)
            try:
                data = connection.receive()
            except BlockingIOError:
                return
            except OSError as error:
                self.lose(connection, error)
                return
            self._take(slot, connection, data)
        elif connection.is_blocked:
            connection.progress_ns = time.monotonic_ns()
            self._fill(slot, connection)

    def _take(self, slot: Slot, connection: Connection, data: bytes) -> None:
        if not data:
            self._pool.lose(slot, Verdict(ClosedEarly.kind, f"with {connection.awaited_bytes} bytes not yet back"))
            return
        before = connection.verified_bytes // self._messages.size
        if not connection.take(data):
            self._pool.judge(slot, data)
            return
        now_ns = connection.progress_ns = time.monotonic_ns()
        verified = connection.verified_bytes // self._messages.size
        for number in range(before, verified):
            self._record(slot, connection, number, now_ns)
        if verified == self._limit and verified:
            self._pool.judge(slot)
        else:
            self._fill(slot, connection)

    def _record(self, slot: Slot, connection: Connection, number: int, now_ns: int) -> None:
        recording = self._pool.recording
        recording.last_ns = now_ns
        service_ns = now_ns - connection.stamps_ns.popleft()
        if self._schedule is None:
            recording.latency_ns.append(service_ns)
        else:
            recording.latency_ns.append(now_ns - self._schedule.due_on(slot.index, connection.first + number))
            recording.service_ns.append(service_ns)

    def _has_room(self, connection: Connection) -> bool:
        return (
            not connection.is_blocked
            and connection.in_flight < self._pipeline
            and (not self._limit or connection.begun < self._limit)
        )

    def _fill(self, slot: Slot, connection: Connection) -> None:
        """Begin what may be begun, and send what the kernel takes."""
        was_blocked = connection.is_blocked
        now_ns = time.monotonic_ns()
        while self._has_room(connection):
            if self._schedule is not None and slot.taken < slot.due:
                slot.taken += 1
                self._taken += 1
            elif self._schedule is not None or not self.is_sending:
                break
            connection.begin(now_ns)
        try:
            connection.flush()
        except OSError as error:
            self.lose(connection, error)
            return
        if connection.is_blocked != was_blocked:
            events = select.EPOLLIN | (select.EPOLLOUT if connection.is_blocked else 0)
            self._pool.epoll.modify(connection.fd, events)
            if was_blocked:
                self._fill(slot, connection)
        elif self._is_fast and self.is_sending and connection.awaited_bytes == self._messages.size:
            header = self._messages.header(connection.number, connection.begun - 1)
            connection.expected = header + self._messages.tail if self._messages.is_built else header
            connection.sent_ns = now_ns
            self._pool.fast[connection.fd] = connection
