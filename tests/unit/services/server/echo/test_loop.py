"""The echo loop, on real connections."""

import os
import random
import socket
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.server.echo.splicing import TURN_BYTES
from services.server.listeners import accept_queue
from shared.calls import Call, address
from tests.unit.harness.facts import Facts, eventually
from tests.unit.harness.loops import RunningLoop, running_loop
from tests.unit.harness.sockets import exchange, receive, reset
from tests.unit.services.server.conftest import PATHS

Serve = Callable[..., RunningLoop]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((path, buffer_bytes), id=f"{path.__name__}, {how}")
        for path in PATHS
        for buffer_bytes, how in ((None, "sending all"), (16_384, "sending in parts"))
    ],
)
def loop(request: pytest.FixtureRequest) -> Iterator[RunningLoop]:
    """Run one loop for all examples of a property."""
    path, send_buffer_bytes = request.param
    with running_loop(path(), send_buffer_bytes=send_buffer_bytes) as running:
        yield running


@st.composite
def chunkings(draw: st.DrawFn) -> list[bytes]:
    """Draw a payload of up to three turns, cut anywhere."""
    size = draw(st.integers(0, 3 * TURN_BYTES))
    payload = random.Random(draw(st.integers(0, 9))).randbytes(size)
    cuts = sorted(draw(st.lists(st.integers(0, size), max_size=20)))
    return [payload[start:end] for start, end in zip([0, *cuts], [*cuts, size], strict=True)]


@given(chunks=chunkings())
def test_any_chunking_of_any_payload_comes_back_the_same(loop: RunningLoop, chunks: list[bytes]) -> None:
    """What the peer sends, however it is cut, is what it receives, and then the end."""
    with loop.connect() as sock:
        assert exchange(sock, chunks) == b"".join(chunks)


@given(sent=st.integers(0, 2 * TURN_BYTES), read=st.integers(0, 2 * TURN_BYTES))
def test_a_reset_at_any_moment_costs_one_log_line(loop: RunningLoop, sent: int, read: int) -> None:
    """Whatever was under way, the loop writes one line about that connection and serves the next one."""
    before = len(loop.journal.lines())
    sock = loop.connect()
    peer = address(sock.getsockname())
    sock.sendall(bytes(sent))
    receive(sock, min(sent, read))
    reset(sock)
    assert loop.echoes()
    loop.journal.wait_for("connection_closed", peer=peer)
    (line,) = [line for line in loop.journal.lines()[before:] if line["peer"] == peer]
    assert line["ended"] in {"ECONNRESET", "EPIPE"}


def test_after_the_peers_end_everything_is_still_echoed(serve: Serve) -> None:
    """A peer that half-closes before it reads anything gets all of its bytes, and then the end."""
    payload = os.urandom(2 * TURN_BYTES)
    with serve(send_buffer_bytes=4096).connect() as sock:
        sock.sendall(payload)
        sock.shutdown(socket.SHUT_WR)
        assert receive(sock, len(payload) + 1) == payload


class Ledger:
    """What the loop holds for its first peer, after each recv and send."""

    def __init__(self) -> None:
        self.owed_bytes = Facts[int]()
        self._first_fd: int | None = None
        self._balance = 0

    def report(self, call: Call) -> None:
        """Enter one call."""
        self._first_fd = self._first_fd or call.fd
        if call.fd == self._first_fd and call.call in {"recv", "send"}:
            moved = call.bytes or 0
            self._balance += moved if call.call == "recv" else -moved
            self.owed_bytes.tell(self._balance)


def test_for_a_peer_that_does_not_read_a_bounded_amount_is_held_and_harms_nobody(watch: Serve) -> None:
    """It is one turn at the most, others are served meanwhile, and it loses nothing once it reads."""
    ledger = Ledger()
    loop = watch(ledger.report, send_buffer_bytes=4096)
    payload = os.urandom(16 * TURN_BYTES)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(payload))
        sock.connect(loop.address)
        sock.setblocking(False)
        sent = sock.send(payload)
        assert sent > 4 * TURN_BYTES, "the test must offer more than the loop may take"
        known: list[int] = []
        while not known or known[-1] == 0 or known != ledger.owed_bytes.so_far():
            known = ledger.owed_bytes.so_far()
            assert loop.echoes()  # a whole turn of the loop, in which another peer is served
        assert max(known) <= TURN_BYTES
        assert exchange(sock, [payload[sent:]]) == payload


def test_many_connections_are_open_at_once(serve: Serve) -> None:
    """Each of two hundred peers gets its own bytes while all the others are connected."""
    loop = serve(backlog=256)
    peers = [loop.connect() for _ in range(200)]
    for number, peer in enumerate(peers):
        peer.sendall(b"%d" % number)
    for number, peer in enumerate(peers):
        assert receive(peer, len(b"%d" % number)) == b"%d" % number
    for peer in peers:
        peer.close()


def test_without_a_slot_there_is_no_accept(serve: Serve) -> None:
    """At the limit the kernel queues the next connection, which is served as soon as another one ends."""
    loop = serve(max_connections=2)
    with loop.connect() as first, loop.connect() as second, loop.connect() as third:
        for sock in (first, second):
            sock.sendall(b"?")
            assert receive(sock, 1) == b"?"
        assert eventually(lambda: accept_queue(loop.listener).length == 1)
        loop.tick(2)
        assert accept_queue(loop.listener).length == 1
        first.close()
        assert exchange(third, [b"third"]) == b"third"


def test_a_message_is_echoed_before_the_peer_finishes(serve: Serve) -> None:
    """Nothing waits for more bytes or for the end: each message comes back by itself."""
    with serve().connect() as sock:
        for message in (b"Hello", b"\0", b"\xff\xfe"):
            sock.sendall(message)
            assert receive(sock, len(message)) == message


def test_one_line_for_each_connection_says_what_passed(serve: Serve) -> None:
    """The line names the peer and counts the bytes of both directions."""
    loop = serve()
    with loop.connect() as sock:
        peer = address(sock.getsockname())
        exchange(sock, [b"Hello"])
    line = loop.journal.wait_for("connection_closed")
    assert line.pop("duration_ms") > 0
    assert line == {
        "event": "connection_closed",
        "peer": peer,
        "ended": "peer_finished",
        "received_bytes": 5,
        "sent_bytes": 5,
    }


def test_the_totals_are_the_sum_over_all_connections(serve: Serve) -> None:
    """When the loop has ended it returns what all of its connections received and sent."""
    loop = serve()
    for message in (b"one", b"", b"three"):
        assert loop.echoes(message)
    totals = loop.end()
    assert (totals.connections, totals.received_bytes, totals.sent_bytes, totals.cut) == (3, 8, 8, 0)


def test_a_watched_session_is_reported_call_by_call(watch: Serve) -> None:
    """The report names the calls of one echo in the order in which the loop made them."""
    calls = Facts[Call]()
    assert watch(calls.tell).echoes(b"Hello")
    calls.wait_for(lambda call: call.call == "close")
    made = [(call.call, call.bytes) for call in calls.so_far()]
    assert made == [("accept", None), ("recv", 5), ("send", 5), ("recv", 0), ("close", None)]
