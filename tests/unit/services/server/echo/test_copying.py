"""One connection's turns, against a kernel that takes as little as it likes."""

import contextlib
import fcntl
import os
import select
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.server.echo.copying import HANDLED, Copying
from services.server.listeners import listen
from shared.calls import WatchedSocket
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.sockets import receive, reset, tcp_pair

_SIOCOUTQNSD = 0x894B  # linux/sockios.h: how many bytes of the send queue were never sent

Pair = tuple[socket.socket, socket.socket]


class StingySocket(socket.socket):
    """A socket whose kernel takes, send by send, these numbers of bytes (0: it would block), and then everything."""

    takes: Iterator[int] = iter(())

    def send(self, data: bytes | memoryview, flags: int = 0, /) -> int:  # type: ignore[override]
        """Send at most what the next number allows."""
        count = next(self.takes, len(data))
        if count == 0:
            raise BlockingIOError
        return super().send(data[:count], flags)


def copying(sock: socket.socket) -> Copying:
    """Return the connection of a watched socket whose reports nobody reads."""
    return Copying(WatchedSocket(sock, "server", lambda _: None))


@given(
    messages=st.lists(st.binary(min_size=1, max_size=100), max_size=8),
    takes=st.lists(st.integers(0, 40), max_size=40),
)
def test_bytes_come_back_in_order_however_the_kernel_cuts_them(messages: list[bytes], takes: list[int]) -> None:
    """Nothing is lost, doubled or overtaken, although the buffer is other connections' between two turns."""
    with tcp_pair() as (client, accepted), StingySocket(fileno=accepted.detach()) as server:
        server.setblocking(False)
        server.takes = iter(takes)
        connection = copying(server)
        buffer = memoryview(bytearray(64))
        for message in messages:
            client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        while select.select([server], [], [], 0)[0] and not connection.is_finished:
            connection.advance(buffer)
            assert connection.received_bytes - connection.sent_bytes <= len(buffer)
            buffer[:] = os.urandom(len(buffer))
        server.shutdown(socket.SHUT_WR)
        assert receive(client, 1000) == b"".join(messages)
        assert connection.received_bytes == connection.sent_bytes == len(b"".join(messages))


def test_a_turn_tells_what_to_wait_for(pair: Pair) -> None:
    """Input when nothing is unsent, room to send while something is; and in the end, that the peer is done."""
    client, accepted = pair
    with StingySocket(fileno=accepted.detach()) as server:
        server.takes = iter([2, 0, 3])
        connection = copying(server)
        buffer = memoryview(bytearray(64))
        client.sendall(b"Hello")
        client.shutdown(socket.SHUT_WR)
        turns = []
        for _ in range(4):
            connection.advance(buffer)
            turns.append((connection.events, connection.is_finished))
    assert turns == [(select.EPOLLOUT, False), (select.EPOLLOUT, False), (HANDLED, False), (HANDLED, True)]


def test_a_turn_without_anything_to_read_would_block(pair: Pair) -> None:
    """The loop is told that there was nothing to do: it may have been another connection's event."""
    _, server = pair
    server.setblocking(False)
    with pytest.raises(BlockingIOError):
        copying(server).advance(memoryview(bytearray(64)))


def test_only_what_has_nothing_unsent_can_be_spliced(pair: Pair) -> None:
    """Its reporter has had enough after the first call, but what was received has to be sent first."""
    client, accepted = pair
    with StingySocket(fileno=accepted.detach()) as server:
        server.setblocking(False)
        server.takes = iter([2, 0, 2])
        connection = Copying(WatchedSocket(server, "server", lambda _: True))
        client.sendall(b"Hello")
        turns = []
        for _ in range(4):
            connection.advance(memoryview(bytearray(64)))
            turns.append(connection.can_be_spliced)
    assert turns == [False, False, False, True]
    assert receive(client, 5) == b"Hello"


def test_a_lost_connection_raises_its_error(pair: Pair) -> None:
    """The kernel's reason reaches the loop unchanged."""
    client, server = pair
    reset(client)
    with pytest.raises(ConnectionResetError):
        copying(server).advance(memoryview(bytearray(64)))


def test_a_peer_that_does_not_read_costs_little_memory() -> None:
    """The kernel takes no more of an echo than 128 KiB beyond what it could send, and one buffer: see `listeners`."""
    (listener,) = listen("127.0.0.1", 0, 16)
    with listener, socket.create_connection(listener.getsockname(), timeout=DEADLINE_S), listener.accept()[0] as sock:
        sock.setblocking(False)

        def sent() -> int:
            with contextlib.suppress(BlockingIOError):
                return sock.send(bytes(1 << 20))
            return 0

        assert eventually(lambda: not sent())
        (unsent,) = struct.unpack("i", fcntl.ioctl(sock, _SIOCOUTQNSD, bytes(4)))
        assert 0 < unsent <= 131_072 + 65_536
