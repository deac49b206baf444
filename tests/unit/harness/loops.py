"""An echo loop in a thread, with the test for its clock and its signals."""

import re
import select
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.server.echo.counters import Column, Counters
from services.server.echo.loop import EchoLoop
from services.server.listeners import listen
from services.server.settings import ServerSettings
from shared.watch import Watch
from tests.unit.harness.facts import DEADLINE_S, Journal
from tests.unit.harness.sockets import exchange


class _Wakeup(socket.socket):
    """A wakeup socket that tells how much was taken from it."""

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self.taken = 0
        self.changed = threading.Condition()

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        data = super().recv(size, flags)
        with self.changed:
            self.taken += len(data)
            self.changed.notify_all()
        return data


@dataclass(frozen=True)
class Totals:
    """What a loop did in its life."""

    connections: int
    received_bytes: int
    sent_bytes: int
    cut: int


class RunningLoop:
    """An EchoLoop in a thread: the test is its clock and sends its signals."""

    def __init__(self, settings: ServerSettings, listener: socket.socket, watch: Watch | None) -> None:
        self.journal = Journal()
        self.listener = listener
        self.address = listener.getsockname()[:2]
        reader, self._signals = socket.socketpair()
        self._wakeup = _Wakeup(reader.detach())
        self._sent = 0
        self._row = Counters(1).row(0)
        self._watch = watch
        self._loop = EchoLoop([listener], self._wakeup, settings, self.journal.log, watch, self._row)
        self._outcome: Totals | BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether the loop has returned."""
        return self._outcome is not None

    def count(self, column: Column) -> int:
        """Return what it has counted so far."""
        return int(self._row[column])

    @property
    def owed_bytes(self) -> int:
        """What it has received and not sent."""
        return self.count(Column.RECEIVED_BYTES) - self.count(Column.SENT_BYTES)

    def tick(self, count: int = 1) -> None:
        """Let the clock tick `count` times, one after another."""
        for _ in range(count):
            self.signal(signal.SIGALRM)

    def signal(self, signum: int) -> None:
        """Deliver a signal; return when the loop has acted on it, or has ended. SIGTERM stops the whole server."""
        if signum == signal.SIGTERM:
            self._row[Column.STOPPING] = 1
        self._deliver(signum)

    def leave(self) -> None:
        """Tell this worker alone to go, as `kill` does: nobody stops the server."""
        self._deliver(signal.SIGTERM)

    def _deliver(self, signum: int) -> None:
        # A byte is taken before it is acted on. The second one means nothing to the loop; it is taken in a later turn,
        # and so after the first was acted on.
        for byte in (signum, 0):
            self._signals.sendall(bytes([byte]))
            self._sent += 1
            with self._wakeup.changed:
                assert self._wakeup.changed.wait_for(
                    lambda: self.is_over or self._wakeup.taken == self._sent, DEADLINE_S
                ), "the loop does not answer its signals"

    def connect(self) -> socket.socket:
        """Return a connection to it; every wait on it has a deadline."""
        return socket.create_connection(self.address, timeout=DEADLINE_S)

    def echoes(self, message: bytes = b"?") -> bool:
        """Tell whether a new connection is served."""
        with self.connect() as sock:
            return exchange(sock, [message]) == message

    def totals(self) -> Totals:
        """Return what the loop returned, or raise what it raised, as soon as it has ended."""
        self._thread.join(DEADLINE_S)
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        assert self._outcome, "the loop is still running"
        return self._outcome

    def end(self) -> Totals:
        """Stop it at once, and what watches it."""
        for signum in [signal.SIGTERM, signal.SIGQUIT] + [signal.SIGALRM] * 10:
            if not self.is_over:
                self.signal(signum)
        self._signals.close()
        totals = self.totals()
        self._wakeup.close()
        if self._watch is not None:
            self._watch.close()  # else its thread asks for its scope's name as long as the tests run
            self._watch = None
        return totals

    def _run(self) -> None:
        try:
            self._loop.run()
            row = self._row
            self._outcome = Totals(
                row[Column.ACCEPTED], row[Column.RECEIVED_BYTES], row[Column.SENT_BYTES], row[Column.CUT]
            )
        except BaseException as error:  # noqa: BLE001 - raised again where the test asks for the totals
            self._outcome = error
        with self._wakeup.changed:
            self._wakeup.changed.notify_all()


@contextmanager
def running_loop(
    watch: Watch | None = None, *, host: str = "127.0.0.1", send_buffer_bytes: int | None = None, **settings: Any
) -> Iterator[RunningLoop]:
    """Run a loop on a free port; accepted sockets inherit a bound for what their kernel holds unsent."""
    known = ServerSettings(**settings)
    (listener,) = listen(host, 0, known.backlog)
    if send_buffer_bytes is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    loop = RunningLoop(known, listener, watch)
    try:
        yield loop
    finally:
        loop.end()


def awaited(fd: int) -> int:
    """Return the events that the loop's epoll waits for on this descriptor, as the kernel tells them."""
    for info in Path("/proc/self/fdinfo").iterdir():
        with suppress(OSError):  # the listing's own descriptor, which is closed
            for line in info.read_text().splitlines():
                match = re.match(rf"tfd: +{fd} events: +([0-9a-f]+)", line)
                if match:
                    return int(match[1], 16) & ~(select.EPOLLERR | select.EPOLLHUP)
    raise AssertionError(f"nobody waits for {fd}")
