"""The connections of the load: each slot has one at a time, which is judged when it ends, and then replaced."""

import select
import socket
import time
from collections.abc import Callable

from services.client.connect.addresses import Rota
from services.client.connect.racing import Runner
from services.client.errors import TimedOut
from services.client.load.connections.connection import Connection
from services.client.load.connections.failures import Failures
from services.client.load.connections.opening import Opening
from services.client.load.connections.slot import Closing, Slot
from services.client.load.connections.verdict import Remainder, Verdict, reset_verdict
from services.client.load.messages import CHUNK_BYTES, Messages
from services.client.load.results.recording import Recording
from services.client.load.settings import LoadSettings
from shared.calls import address
from shared.log import Log

_NS = 10**9

# Pause after a failure: without it a server that accepts and closes at once would keep us busy reconnecting.
_PAUSE_NS = 50_000_000

# A peer that goes on sending is not read for ever before it is given up; a receive buffer takes 24 reads (tcp_rmem).
_LAST_READS = 32


def _ignore(_: Slot, __: Connection) -> None:
    """Leave a connection alone, until somebody wants to be told."""


class Pool:
    """Keeps every slot connected; `handlers` has, for each descriptor, what to call with its events.

    `opened` is told of every new connection, `detached` of every one that may send no more. `fast` holds those whose
    messages the loop handles by itself.
    """

    def __init__(
        self,
        settings: LoadSettings,
        rota: Rota,
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
        self._failures = Failures(log)
        self.opened: Callable[[Slot, Connection], None] = _ignore
        self.detached: Callable[[Slot, Connection], None] = _ignore
        self._opening = Opening(
            rota,
            settings.connect_timeout_s,
            self.epoll,
            self.handlers,
            self._on_connected,
            self._on_failed,
            self._on_attempt_failed,
        )
        self._is_replacing = False
        self._held: list[int] = []
        self._closing: set[Slot] = set()
        self._made = 0
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
        """From now on replace lost connections. Before, each slot is tried once, so that the opening ends."""
        self._is_replacing = True
        now_ns = time.monotonic_ns()
        for index in self._held:
            self._opening.add_again(index, now_ns)
        self._held.clear()
        self._opening.begin(now_ns)

    def any_socket(self) -> socket.socket | None:
        """Return the socket of a connection that may send; None where there is none."""
        return next((slot.connection.sock for slot in self.slots if slot.connection is not None), None)

    def judge(self, slot: Slot, data: bytes = b"", suspicion: str | None = None) -> None:
        """Half-close a slot's connection and judge it by what still comes; `data` has come already, and is wrong."""
        connection = slot.connection
        if connection is None:
            return
        self._detach(slot, connection)
        remainder = Remainder(self._messages, connection, suspicion)
        remainder.take(data)
        phase = "exchange" if data or suspicion else "close"
        slot.closing = Closing(connection, remainder, self.recording, phase, time.monotonic_ns())
        self._closing.add(slot)
        self.handlers[connection.fd] = lambda _: self._read_closing(slot)
        self.epoll.modify(connection.fd, select.EPOLLIN)
        try:
            connection.finish()
        except OSError as error:
            self._end(slot, connection, reset_verdict(error), reset=True)

    def lose(self, slot: Slot, verdict: Verdict) -> None:
        """Give up a slot's connection at once."""
        if slot.connection is not None:
            connection = slot.connection
            self._detach(slot, connection)
            self._end(slot, connection, verdict, reset=True)

    def slow_down(self, connection: Connection) -> None:
        """Take a connection back from the loop's fast path."""
        if self.fast.pop(connection.fd, None) is not None:
            connection.settle()

    def on_tick(self, now_ns: int) -> None:
        """Check all time-outs, and start the attempts that are due again."""
        for slot in list(self._closing):
            if slot.closing and now_ns - slot.closing.quiet_ns > self._timeout_ns and not self._read_closing(slot):
                self._give_up(slot)
        self._opening.on_tick(now_ns)

    def judge_stuck(self, now_ns: int) -> None:
        """Judge the connections whose messages make no progress; this looks at every slot."""
        for slot in self.slots:
            connection = slot.connection
            if (
                connection is not None
                and (connection.fd in self.fast or connection.in_flight)
                and connection.is_stuck(now_ns, self._timeout_ns)
            ):
                self.judge(slot, suspicion=TimedOut.kind)

    def forgive(self, now_ns: int) -> None:
        """Start every time-out anew: while the loop was held up it could not see any progress."""
        for slot in self.slots:
            if slot.connection is not None:
                slot.connection.progress_ns = now_ns
            if slot.closing is not None:
                slot.closing.quiet_ns = now_ns

    def finish(self) -> None:
        """Half-close every connection, and begin no other."""
        self._is_replacing = False
        self._opening.stop()
        for slot in self.slots:
            self.judge(slot)

    def shut(self) -> None:
        """Give up connections that are still closing, log the failures not logged yet, and close the event queue."""
        for slot in list(self._closing):
            self._give_up(slot)
        self._failures.tell_untold()
        self.epoll.close()

    def tell_untold(self) -> None:
        """Once a second: say how many failures were not told one by one."""
        self._failures.tell_untold()

    def account(self) -> None:
        """Add to the recording what the open connections have done since it was last asked for."""
        for slot in self.slots:
            if slot.connection is not None:
                slot.connection.account(self.recording)

    def _on_connected(self, index: int, winner: Runner) -> None:
        slot = self.slots[index]
        slot.was_tried = True
        self.recording.connect_ns.append(time.monotonic_ns() - winner.begun_ns)
        self.recording.addresses[address(winner.address[4])] += 1
        connection = Connection(winner.sock, self._made, index, self._messages, pipelined=self._settings.pipeline > 1)
        self._made += 1
        slot.connection = connection
        self.opened(slot, connection)

    def _on_failed(self, index: int, verdict: Verdict) -> None:
        slot = self.slots[index]
        slot.was_tried = True
        self._failures.count(self.recording, verdict, None, None)  # each attempt's reason was counted when it failed
        self._replace(slot, _PAUSE_NS)

    def _on_attempt_failed(self, error: OSError) -> None:
        self._failures.attempt_failed(self.recording, error)

    def _detach(self, slot: Slot, connection: Connection) -> None:
        self.slow_down(connection)
        slot.connection = None
        self.detached(slot, connection)

    def _read_closing(self, slot: Slot) -> bool:
        """Read once; tell whether something came, and more may have. The end, or a loss, is judged at once."""
        if slot.closing is None:
            return False
        closing = slot.closing
        try:
            data = closing.connection.recv(CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:
            self._end(slot, closing.connection, closing.remainder.verdict_on_loss(error), reset=True)
            return False
        closing.quiet_ns = time.monotonic_ns()
        if data:
            closing.remainder.take(data)
        else:
            self._end(slot, closing.connection, closing.remainder.verdict(ended=True), reset=False)
        return bool(data)

    def _give_up(self, slot: Slot) -> None:
        """End a connection whose time is up, after reading what has come meanwhile: it may have ended well."""
        for _ in range(_LAST_READS):
            if not self._read_closing(slot):
                break
        if slot.closing:
            self._end(slot, slot.closing.connection, slot.closing.remainder.verdict(ended=False), reset=True)

    def _end(self, slot: Slot, connection: Connection, verdict: Verdict | None, *, reset: bool) -> None:
        recording, phase = self.recording, "exchange"
        if slot.closing:
            recording, phase = slot.closing.recording, slot.closing.phase
            connection.verified_bytes += slot.closing.remainder.verified_bytes
            slot.closing = None
            self._closing.discard(slot)
        connection.account(recording)
        self.handlers.pop(connection.fd, None)
        connection.close(reset=reset)
        self._failures.count(recording, verdict, connection.number, phase)
        self._replace(slot, 0 if verdict is None else _PAUSE_NS)

    def _replace(self, slot: Slot, pause_ns: int) -> None:
        if not self._is_replacing:
            self._held.append(slot.index)
            return
        now_ns = time.monotonic_ns()
        self._opening.add_again(slot.index, now_ns + pause_ns)
        self._opening.begin(now_ns)
