"""The slots of the load, each with one connection after another: replaced when it is over, and judged by its end."""

import select
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial

from services.client.connecting import Address
from services.client.errors import TimedOut
from services.client.load.connections.connection import Connection
from services.client.load.connections.opening import Opening
from services.client.load.connections.verdict import Remainder, Verdict, reset_verdict
from services.client.load.messages import CHUNK_BYTES, Messages
from services.client.load.recording import Recording
from services.client.load.settings import LoadSettings
from shared.log import Log

_NS = 10**9

# From a failure to the next attempt: a server that accepts and closes at once would otherwise keep us busy with that.
_PAUSE_NS = 50_000_000

# More failures in a second are counted, and not each told.
_FAILURES_TOLD_A_SECOND = 10


class Slot:
    """A place for a connection; `due` and `taken` count its messages of an open loop: their queue is a difference.

    `connection` is None while there is none that may send; `was_tried` tells whether there ever was, or a deadline.
    """

    __slots__ = ("closing", "connection", "due", "index", "quiet_ns", "taken", "was_tried")

    def __init__(self, index: int) -> None:
        self.index = index
        self.due = 0
        self.taken = 0
        self.connection: Connection | None = None
        self.was_tried = False
        self.closing: tuple[Connection, Remainder] | None = None
        self.quiet_ns = 0


def _ignore(_: Slot, __: Connection) -> None:
    """Leave a new connection alone, until somebody wants to be told."""


class Pool:
    """Keeps every slot connected; `handlers` are what is to be called with the events of a descriptor.

    `opened` is told of every new connection. `fast` holds those whose messages the loop handles by itself.
    """

    def __init__(
        self,
        settings: LoadSettings,
        addresses: Sequence[Address],
        messages: Messages,
        log: Log,
    ) -> None:
        self.epoll = select.epoll()
        self.handlers: dict[int, Callable[[int], object]] = {}
        self.fast: dict[int, Connection] = {}
        self.slots = [Slot(index) for index in range(settings.connections)]
        self.recording = Recording(0)
        self._settings = settings
        self._messages = messages
        self._log = log
        self.opened: Callable[[Slot, Connection], None] = _ignore
        self._opening = Opening(
            addresses, settings.connect_timeout_s, self.epoll, self.handlers, self._on_connected, self._on_failed
        )
        self._is_replacing = False
        self._held: list[int] = []
        self._closing: set[Slot] = set()
        self._made = 0
        self._told = self._untold = 0
        self._timeout_ns = int(settings.timeout_s * _NS)

    @property
    def is_closing(self) -> bool:
        """Whether a connection is still being judged."""
        return bool(self._closing)

    def open(self, now_ns: int) -> None:
        """Start to connect every slot, spread over the ramp."""
        spacing_ns = int(self._settings.ramp_s * _NS / len(self.slots))
        for slot in self.slots:
            self._opening.add(slot.index, now_ns + slot.index * spacing_ns)
        self._opening.begin(now_ns)

    def keep_open(self) -> None:
        """From now on replace what is lost; until then each slot is tried once, so that the opening has an end."""
        self._is_replacing = True
        now_ns = time.monotonic_ns()
        for index in self._held:
            self._opening.add(index, now_ns)
        self._held.clear()
        self._opening.begin(now_ns)

    def judge(self, slot: Slot, data: bytes = b"", suspicion: str | None = None) -> None:
        """Half-close a slot's connection and judge it by what still comes; `data` is what has come and is not right."""
        connection = slot.connection
        if connection is None:
            return
        self.slow_down(connection)
        slot.connection = None
        remainder = Remainder(self._messages, connection, suspicion)
        remainder.take(data)
        slot.closing = connection, remainder
        slot.quiet_ns = time.monotonic_ns()
        self._closing.add(slot)
        self.handlers[connection.fd] = partial(self._on_closing, slot)
        self.epoll.modify(connection.fd, select.EPOLLIN)
        try:
            connection.finish()
        except OSError as error:
            self._end(slot, connection, reset_verdict(error), reset=True)

    def lose(self, slot: Slot, verdict: Verdict) -> None:
        """Give up a slot's connection at once."""
        if slot.connection is not None:
            connection, slot.connection = slot.connection, None
            self.slow_down(connection)
            self._end(slot, connection, verdict, reset=True)

    def slow_down(self, connection: Connection) -> None:
        """Take a connection back from the loop's fast path."""
        if self.fast.pop(connection.fd, None) is not None:
            connection.settle()

    def on_tick(self, now_ns: int) -> None:
        """See to everything that takes too long, and to what was to be tried again."""
        for slot in [slot for slot in self._closing if now_ns - slot.quiet_ns > self._timeout_ns]:
            self._give_up(slot)
        self._opening.on_tick(now_ns)

    def judge_stuck(self, now_ns: int) -> None:
        """Judge the connections whose messages make no progress; this looks at every slot."""
        for slot in self.slots:
            connection = slot.connection
            if connection is not None and (connection.fd in self.fast or connection.in_flight):
                since_ns = max(connection.sent_ns, connection.progress_ns)
                if now_ns - since_ns > self._timeout_ns:
                    self.judge(slot, suspicion=TimedOut.kind)

    def finish(self) -> None:
        """Half-close every connection, and begin no other."""
        self._is_replacing = False
        self._opening.stop()
        for slot in self.slots:
            self.judge(slot)

    def shut(self) -> None:
        """Give up what is still closing, tell what was not told, and give back the event queue."""
        for slot in list(self._closing):
            self._give_up(slot)
        self.tell_untold()
        self.epoll.close()

    def tell_untold(self) -> None:
        """Once a second: say how many failures were not told one by one."""
        if self._untold:
            self._log.error("sessions_failed", count=self._untold)
        self._told = self._untold = 0

    def account(self) -> None:
        """Add to the recording what the open connections have done since it was last asked for."""
        for slot in self.slots:
            if slot.connection is not None:
                slot.connection.account(self.recording)

    def _on_connected(self, index: int, sock: socket.socket, started_ns: int) -> None:
        slot = self.slots[index]
        slot.was_tried = True
        self.recording.connect_ns.append(time.monotonic_ns() - started_ns)
        connection = Connection(sock, self._made, index, self._messages, pipelined=self._settings.pipeline > 1)
        self._made += 1
        slot.connection = connection
        self.opened(slot, connection)

    def _on_failed(self, index: int, verdict: Verdict) -> None:
        slot = self.slots[index]
        slot.was_tried = True
        self._count(verdict, None)
        self._replace(slot, _PAUSE_NS)

    def _on_closing(self, slot: Slot, _: int) -> None:
        if slot.closing is None:
            return
        connection, remainder = slot.closing
        try:
            data = connection.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(slot, connection, remainder.verdict_on_loss(error), reset=True)
            return
        slot.quiet_ns = time.monotonic_ns()
        if data:
            remainder.take(data)
        else:
            self._end(slot, connection, remainder.verdict(ended=True), reset=False)

    def _give_up(self, slot: Slot) -> None:
        if slot.closing:
            connection, remainder = slot.closing
            self._end(slot, connection, remainder.verdict(ended=False), reset=True)

    def _end(self, slot: Slot, connection: Connection, verdict: Verdict | None, *, reset: bool) -> None:
        if slot.closing:
            connection.verified_bytes += slot.closing[1].verified_bytes
            slot.closing = None
            self._closing.discard(slot)
        connection.account(self.recording)
        self.handlers.pop(connection.fd, None)
        connection.close(reset=reset)
        self._count(verdict, connection.number)
        self._replace(slot, 0 if verdict is None else _PAUSE_NS)

    def _count(self, verdict: Verdict | None, number: int | None) -> None:
        self.recording.sessions += 1
        if verdict is None:
            return
        self.recording.sessions_failed += 1
        self.recording.errors[verdict.kind] += 1
        self.recording.mismatches += verdict.wrong_bytes
        if self._told < _FAILURES_TOLD_A_SECOND:
            self._told += 1
            self._log.error("session_failed", connection=number, kind=verdict.kind, why=verdict.why, **verdict.facts)
        else:
            self._untold += 1

    def _replace(self, slot: Slot, pause_ns: int) -> None:
        if not self._is_replacing:
            self._held.append(slot.index)
            return
        now_ns = time.monotonic_ns()
        self._opening.add(slot.index, now_ns + pause_ns)
        self._opening.begin(now_ns)
