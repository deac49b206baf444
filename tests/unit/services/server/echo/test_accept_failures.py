"""What stands in the way of accept(): out of something, or a connection that is gone."""

import errno
import os
import socket
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pytest

from services.server.listeners import listen
from services.server.settings import ServerSettings
from shared.watch import Watch
from tests.unit.harness.loops import RunningLoop
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
