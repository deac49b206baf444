"""One connection's positions in its stream, through partial sends and reads."""

import select
import socket

import pytest

from services.client.load.connections.connection import Connection
from services.client.load.messages import Messages
from services.client.load.results.recording import Recording
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.sockets import receive

Pair = tuple[socket.socket, socket.socket]


def connected(pair: Pair, size: int, *, pipelined: bool = True) -> Connection:
    """Return one end as the load has it."""
    pair[0].setblocking(False)
    return Connection(pair[0], 1, 0, Messages(size), pipelined=pipelined)


def test_messages_are_counted_when_their_last_byte_is_back(pair: Pair) -> None:
    """A message stays in flight until it is whole."""
    connection = connected(pair, 64)
    for _ in range(3):
        connection.begin(1)
    connection.flush()
    echo = receive(pair[1], 192)
    for piece, in_flight in ((echo[:63], 3), (echo[63:64], 2), (echo[64:192], 0)):
        assert connection.take(piece)
        assert connection.in_flight == in_flight
    assert connection.awaited_bytes == 0


def test_a_full_socket_buffer_blocks_and_goes_on_where_it_stopped(pair: Pair) -> None:
    """Not a byte is sent twice, and none is left out."""
    connection = connected(pair, 3_000_000)
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100_000)
    connection.begin(1)
    connection.flush()
    assert connection.is_blocked
    received = b""
    while len(received) < 3_000_000:
        readable, writable, _ = select.select([pair[1]], [pair[0]] if connection.is_blocked else [], [], DEADLINE_S)
        assert readable or writable
        if readable:
            received += pair[1].recv(262_144)
        if writable:
            connection.flush()
    assert connection.sent_bytes == 3_000_000
    for at in range(0, 3_000_000, 250_000):
        assert connection.take(received[at : at + 250_000])
    assert connection.in_flight == 0


def test_what_was_not_sent_cannot_be_an_echo(pair: Pair) -> None:
    """The right bytes too early are not counted."""
    connection = connected(pair, 64)
    assert not connection.take(connection.messages.read(1, 0, 64))
    assert connection.verified_bytes == 0


def test_a_piece_of_a_message_wakes_once_some_of_it_was_read(pair: Pair) -> None:
    """The kernel waits for a whole message, but not for one more after a part of it."""
    connection = connected(pair, 64, pipelined=False)
    option = socket.SOL_SOCKET, socket.SO_RCVLOWAT
    assert pair[0].getsockopt(*option) == 64
    connection.begin(1)
    connection.flush()
    assert connection.take(receive(pair[1], 64)[:10])
    assert pair[0].getsockopt(*option) == 1


def test_the_loops_own_counting_is_taken_over(pair: Pair) -> None:
    """After the fast path one message is in flight, and the positions say so."""
    connection = connected(pair, 64)
    connection.begun, connection.sent_ns = 5, 777
    connection.settle()
    assert (connection.sent_bytes, connection.verified_bytes, connection.in_flight) == (320, 256, 1)
    assert list(connection.stamps_ns) == [777]


def test_nothing_is_accounted_twice(pair: Pair) -> None:
    """What a phase was told of is not told to the next."""
    connection, first, second = connected(pair, 64), Recording(64), Recording(64)
    connection.begin(1)
    connection.flush()
    connection.take(receive(pair[1], 64)[:20])
    connection.account(first)
    connection.account(second)
    assert (first.messages_sent, first.bytes_sent, first.bytes_verified) == (1, 64, 20)
    assert (second.messages_sent, second.bytes_sent, second.bytes_verified) == (0, 0, 0)


def test_closing_with_reset_tells_the_peer(pair: Pair) -> None:
    """Who is given up gets RST; who has finished, FIN."""
    connected(pair, 64).close(reset=True)
    with pytest.raises(ConnectionResetError):
        pair[1].recv(1)
