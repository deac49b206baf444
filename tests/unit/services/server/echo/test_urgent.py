"""Urgent bytes, in front of which splice() stops for ever."""

import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.server.echo.connections import Connections
from services.server.echo.counters import Counters
from services.server.echo.splicing import TURN_BYTES
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.loops import RunningLoop, awaited
from tests.unit.harness.sockets import exchange, receive, tcp_pair

Serve = Callable[..., RunningLoop]


@pytest.mark.parametrize("before", [b"", b"Hello", bytes(2 * TURN_BYTES)], ids=len)
@pytest.mark.parametrize("after", [b"", b"Hello", bytes(2 * TURN_BYTES)], ids=len)
def test_an_urgent_byte_is_echoed_in_its_place(serve: Serve, before: bytes, after: bytes) -> None:
    """Splice stops in front of one for ever: it must neither turn the loop for nothing nor end the connection."""
    with serve().connect() as sock:
        sock.sendall(before)
        sock.send(b"!", socket.MSG_OOB)
        assert receive(sock, len(before) + 1) == before + b"!"
        sock.send(b"?", socket.MSG_OOB)
        assert exchange(sock, [after, b"end"]) == b"?" + after + b"end"


def test_the_end_does_not_overtake_an_urgent_byte(serve: Serve) -> None:
    """A peer that finishes right after it still gets everything back."""
    for _ in range(20):
        with serve().connect() as sock:
            sock.send(b"Hello!", socket.MSG_OOB)
            assert exchange(sock, []) == b"Hello!"


class Overtaken:
    """An epoll that first tells of an urgent byte whose segment has overtaken a lost one: there is nothing to read."""

    def __init__(self, epoll: select.epoll, fd: int) -> None:
        self._epoll = epoll
        self._first = [(fd, select.EPOLLPRI)]
        self.register, self.modify, self.close = epoll.register, epoll.modify, epoll.close

    def poll(self) -> list[tuple[int, int]]:
        """Tell of that, and from then on of what there is."""
        first, self._first = self._first, []
        return first or self._epoll.poll(DEADLINE_S)


def test_an_urgent_byte_that_comes_too_early_is_no_loss() -> None:
    """With nothing to read yet, the connection waits for the bytes before it, and everything is echoed."""
    row, journal = Counters(1).row(0), Journal()

    def interrupt(_: str) -> None:
        connections.interrupted = True

    connections = Connections(row, journal.log, interrupt)
    with tcp_pair() as (client, server):
        server.setblocking(False)
        fd = server.detach()
        connections.adopt(fd, "peer", None)
        epoll: Any = Overtaken(connections.epoll, fd)
        connections.epoll = epoll
        thread = threading.Thread(target=connections.run)
        thread.start()
        assert eventually(lambda: awaited(fd) == select.EPOLLRDNORM)  # and not EPOLLPRI, which would not cease
        assert exchange(client, [b"Hello", b"World"]) == b"HelloWorld"
        thread.join()
    assert journal.wait_for("connection_closed")["ended"] == "peer_finished"
    connections.shut()
