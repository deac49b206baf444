"""Loads that run in this process, and echo servers that do something to the bytes."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from services.client.load.messages import messages_of
from services.client.load.phases import Progress
from services.client.load.run import Meet, run_load
from services.client.load.settings import LoadSettings
from services.client.load.telling import Tell
from tests.unit.harness.facts import DEADLINE_S, Journal

Address = tuple[str, int]

# Nobody is asked how the server is run: a program of this machine may have that port.
_QUICK: dict[str, Any] = {"warmup_s": 0, "duration_s": 0.2, "http_port": 0}


class Load:
    """A load that has run: its outcome, its log, and what it showed."""

    def __init__(
        self,
        address: Address,
        meet: Meet | None = None,
        wakeup: socket.socket | None = None,
        tell: Tell | None = None,
        **settings: Any,
    ) -> None:
        self.journal = Journal()
        self.shown: list[Progress] = []
        known = LoadSettings(host=address[0], port=address[1], **(_QUICK | settings))
        messages = messages_of(known)
        reader, writer = socket.socketpair()
        with reader, writer, contextlib.closing(messages):
            signals = reader if wakeup is None else wakeup
            self.outcome = run_load(known, messages, signals, self.journal.log, self._show, meet, tell)
        self.measured = self.outcome.measured

    def failures(self) -> list[dict[str, Any]]:
        """Return the lines about sessions that failed."""
        return [line for line in self.journal.lines() if line["event"] == "session_failed"]

    def _show(self, progress: Progress) -> None:
        self.shown.append(progress)


class Middle(Protocol):
    """What a bad echo does with the bytes of one connection: `data` comes in, what is echoed is returned."""

    def __call__(self, data: bytes, *, ended: bool) -> bytes:
        """Return what goes back for these bytes; at the end for none."""


@contextmanager
def bad_echo(middle: Callable[[], Middle]) -> Iterator[Address]:
    """Serve many connections at once, each through its own `middle()`; give the address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threads: list[threading.Thread] = []

    def serve(sock: socket.socket, treat: Middle) -> None:
        sock.settimeout(DEADLINE_S)
        with sock, contextlib.suppress(OSError):  # the client may leave at any time: that is its test's business
            while data := sock.recv(65_536):
                sock.sendall(treat(data, ended=False))
            sock.sendall(treat(b"", ended=True))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(sock, middle()))
                threads.append(thread)
                thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(DEADLINE_S)
        for thread in threads:
            thread.join(DEADLINE_S)


def slow(delay_s: float) -> Middle:
    """Return a middle that echoes each piece so much later."""

    def treat(data: bytes, *, ended: bool) -> bytes:
        if not ended:
            time.sleep(delay_s)  # the slowness itself: nothing is waited for
        return data

    return treat


def silent(until: threading.Event) -> Middle:
    """Return a middle that echoes nothing until then."""

    def treat(data: bytes, *, ended: bool) -> bytes:  # noqa: ARG001 - what a middle is called with
        until.wait(DEADLINE_S)
        return data

    return treat
