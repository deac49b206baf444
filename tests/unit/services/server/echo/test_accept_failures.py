"""What stands in the way of accept(), or of what follows it: out of something, or a connection that is gone."""

import errno
import os
import socket
import termios
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from services.server.echo.admission import Admission
from services.server.echo.connections import Connections
from services.server.echo.counters import Column, Counters, Ended
from services.server.listeners import listen
from services.server.settings import ServerSettings
from shared.watch import Watch
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.seccomp import have_fail, in_a_thread
from tests.unit.harness.sockets import exchange, receive


class FaultyListener(socket.socket):
    """A listener whose accept fails in the given ways before it works; 0 among them is one that works."""

    faults: Iterator[int] = iter(())

    def _accept(self) -> tuple[int, Any]:
        """Fail, or accept."""
        if fault := next(self.faults, 0):
            raise OSError(fault, os.strerror(fault))
        return super()._accept()  # type: ignore[misc,no-any-return]


@pytest.fixture
def faulty(path: Watch | None) -> Iterator[tuple[RunningLoop, FaultyListener]]:
    """Give a loop and its listener, whose `faults` are the test's to set."""
    listener = FaultyListener(fileno=listen("127.0.0.1", 0, 16)[0].detach())
    loop = RunningLoop(ServerSettings(), listener, path)
    yield loop, listener
    loop.end()


# EINVAL: somebody has ended the listener; to accept again at once would take all of a processor.
@pytest.mark.parametrize(
    "fault", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EINVAL], ids=errno.errorcode.get
)
def test_overload_is_logged_once_and_waits_for_the_next_tick(
    faulty: tuple[RunningLoop, FaultyListener], fault: int
) -> None:
    """Out of something, the loop says so once, tries once a tick, and serves who waited when it can."""
    loop, listener = faulty
    listener.faults = iter([fault] * 3)
    with loop.connect() as sock:
        sock.sendall(b"?")
        line = loop.journal.wait_for("accept_failed")
        assert (line["errno"], line["open_connections"]) == (errno.errorcode[fault], 0)
        loop.tick(3)
        assert receive(sock, 1) == b"?"
    assert loop.journal.events().count("accept_failed") == 1


def test_overload_lasts_until_nobody_waits(faulty: tuple[RunningLoop, FaultyListener]) -> None:
    """Who gets in while others still wait does not make the next failure news; after an empty queue it is."""
    loop, listener = faulty
    listener.faults = iter([errno.EMFILE, 0, errno.EMFILE])
    with loop.connect() as first:
        loop.journal.wait_for("accept_failed")
        with loop.connect() as second:
            for sock in (first, second):
                sock.sendall(b"?")
                loop.tick()
                assert receive(sock, 1) == b"?"
            assert loop.journal.events().count("accept_failed") == 1
            listener.faults = iter([errno.EMFILE])
            with loop.connect() as third:
                third.sendall(b"?")
                loop.journal.wait_for("accept_failed", open_connections=2)
                loop.tick()
                assert receive(third, 1) == b"?"
    assert loop.journal.events().count("accept_failed") == 2


def test_overload_does_not_touch_open_connections(faulty: tuple[RunningLoop, FaultyListener]) -> None:
    """While new connections cannot be taken, the open ones are served."""
    loop, listener = faulty
    with loop.connect() as before:
        before.sendall(b"1")
        assert receive(before, 1) == b"1"
        listener.faults = repeat(errno.EMFILE)
        with loop.connect():
            loop.journal.wait_for("accept_failed")
            assert exchange(before, [b"2"]) == b"2"
            listener.faults = iter(())


def test_a_connection_aborted_before_accept_does_not_delay_the_next(faulty: tuple[RunningLoop, FaultyListener]) -> None:
    """ECONNABORTED is about a connection that is gone: the loop tries again at once, without a tick or a log line."""
    loop, listener = faulty
    listener.faults = iter([errno.ECONNABORTED] * 3)
    assert loop.echoes()
    loop.journal.wait_for("connection_closed")
    assert loop.journal.events() == ["connection_closed"]


def test_a_slot_that_is_given_back_after_an_overload_is_used_at_once(path: Watch | None) -> None:
    """Whoever waited for a slot and not for descriptors does not wait for the next tick."""
    listener = FaultyListener(fileno=listen("127.0.0.1", 0, 16)[0].detach())
    listener.faults = iter([errno.EMFILE])
    loop = RunningLoop(ServerSettings(max_connections=1), listener, path)
    with ExitStack() as stack:
        stack.callback(loop.end)
        first = stack.enter_context(loop.connect())
        loop.journal.wait_for("accept_failed")
        second = stack.enter_context(loop.connect())
        loop.tick()
        assert exchange(first, [b"one"]) == b"one"
        first.close()
        assert exchange(second, [b"two"]) == b"two"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Give a listener that has no loop."""
    with closing(listen("127.0.0.1", 0, 128)[0]) as given:
        yield given


class Admitting:
    """An admission whose connections are adopted, in the hands of the test."""

    def __init__(self, listener: socket.socket, **settings: Any) -> None:
        self.journal, self.row = Journal(), Counters(1).row(0)
        self.connections = Connections(self.row, self.journal.log, self._on_closed)
        known = ServerSettings(**settings)
        self.admission = Admission(
            [listener], self.connections, known, self.journal.log, None, self.connections.adopt, self.row
        )
        self.listener = listener

    def take(self) -> None:
        """Take what is in the accept queue."""
        self.admission.on_event(self.listener.fileno())

    def fds(self) -> int:
        """Return how many descriptors this process has open."""
        return len(list(Path("/proc/self/fd").iterdir()))

    def _on_closed(self, peer: str) -> None:
        self.admission.closed(peer)


def assert_undone(admitting: Admitting, call: str, number: int, *arguments: tuple[int, int]) -> None:
    """Have an adoption fail at this system call: nothing of it is left, and the next connection is served."""

    def fail() -> None:
        have_fail(call, number, *arguments)
        admitting.take()

    with socket.create_connection(admitting.listener.getsockname(), timeout=DEADLINE_S) as peer:
        before = admitting.fds()
        in_a_thread(fail)
        assert receive(peer, 1) == b""
        # What an earlier test has left may be collected meanwhile; what asks for a name has a descriptor for a moment.
        assert eventually(lambda: admitting.fds() <= before)
    assert admitting.journal.wait_for("accept_failed")["errno"] == errno.errorcode[number]
    with socket.create_connection(admitting.listener.getsockname(), timeout=DEADLINE_S):
        admitting.admission.on_tick(1)
        admitting.take()
        assert admitting.connections.table.open == 1
    (fd,) = admitting.connections.table.fds()
    admitting.connections.close(fd, Ended.PEER_FINISHED)
    admitting.connections.shut()


def test_a_connection_that_epoll_cannot_take_is_closed_counted_and_logged(listener: socket.socket) -> None:
    """ENOSPC: the user's epoll watches are used up. Its slot comes back, also where only one is allowed."""
    admitting = Admitting(listener, max_connections=1, max_connections_per_peer=1)
    assert_undone(admitting, "epoll_ctl", errno.ENOSPC, (1, 1))  # EPOLL_CTL_ADD
    line = admitting.journal.wait_for("connection_closed")
    assert (line["ended"], line["received_bytes"]) == ("ENOSPC", 0)
    assert (admitting.row[Column.ACCEPTED], admitting.row[Column.CLOSED_ERROR]) == (2, 1)


def test_a_connection_that_cannot_be_prepared_is_closed(listener: socket.socket) -> None:
    """Whatever fails between accept() and the table: it is not among those that were accepted."""
    admitting = Admitting(listener, max_connections=1, max_connections_per_peer=1)
    assert_undone(admitting, "ioctl", errno.ENOMEM, (1, termios.FIONBIO))
    assert admitting.row[Column.ACCEPTED] == 1


def test_peers_that_are_gone_leave_nothing_behind(listener: socket.socket) -> None:
    """However many addresses come and go, only those of open connections are counted."""
    admitting = Admitting(listener, max_connections_per_peer=1)
    for host in range(2, 12):
        source = f"127.0.0.{host}", 0
        with socket.create_connection(listener.getsockname(), timeout=DEADLINE_S, source_address=source):
            admitting.take()
        (fd,) = admitting.connections.table.fds()
        admitting.connections.close(fd, Ended.PEER_FINISHED)
    assert not admitting.admission._per_peer  # noqa: SLF001 - what a leak would be in
    admitting.connections.shut()
