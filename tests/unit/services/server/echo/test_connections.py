"""Many connections at once, and the books about them: what is counted, what is logged, what is held."""

import errno
import os
import random
import select
import signal
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.server.echo.counters import CLOSED, Column
from services.server.echo.splicing import TURN_BYTES
from shared.calls import Call, address
from shared.watch import Watch
from tests.unit.harness.facts import DEADLINE_S, Facts, eventually
from tests.unit.harness.loops import RunningLoop, awaited, running_loop
from tests.unit.harness.sockets import exchange, receive, reset
from tests.unit.services.server.conftest import PATHS

Serve = Callable[..., RunningLoop]


def slow_reader(loop: RunningLoop, payload: bytes) -> tuple[socket.socket, int]:
    """Return a peer that sends without reading until nobody takes anything more, and how much it has sent."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(payload))
    sock.settimeout(DEADLINE_S)
    sock.connect(loop.address)
    sock.setblocking(False)
    return sock, sock.send(payload)


def test_slow_readers_beyond_the_pipes_get_their_own_bytes(serve: Serve) -> None:
    """For each of forty peers that read nothing at most one turn is held; others are served; nothing is mixed up."""
    loop = serve(send_buffer_bytes=4096)
    payloads = [os.urandom(8 * TURN_BYTES) for _ in range(40)]
    before = len(list(Path("/proc/self/fd").iterdir()))
    with ExitStack() as stack:
        slow = [slow_reader(loop, payload) for payload in payloads]
        for sock, _ in slow:
            stack.enter_context(sock)
        assert eventually(lambda: loop.owed_bytes > 17 * TURN_BYTES // 2)
        assert loop.echoes(bytes(10))
        assert loop.owed_bytes <= len(slow) * TURN_BYTES
        # Two for each connection, and a pipe for the first few.
        assert len(list(Path("/proc/self/fd").iterdir())) - before <= 2 * len(slow) + 2 * 16
        for (sock, sent), payload in zip(slow, payloads, strict=True):
            assert exchange(sock, [payload[sent:]]) == payload
    assert eventually(lambda: loop.count(Column.CLOSED_PEER_FINISHED) == len(slow) + 1)
    assert loop.owed_bytes == 0


def test_slow_readers_that_reset_leave_nothing_behind(serve: Serve) -> None:
    """Their pipes serve the next ones, empty: three generations of them do no harm to who comes after."""
    loop = serve(send_buffer_bytes=4096)
    for generation in range(3):
        slow = [slow_reader(loop, os.urandom(4 * TURN_BYTES))[0] for _ in range(20)]
        assert eventually(lambda: loop.count(Column.ACCEPTED) >= 20)
        payload = os.urandom(3 * TURN_BYTES)
        with loop.connect() as sock:
            assert exchange(sock, [payload]) == payload
        for peer in slow:
            reset(peer)
        assert eventually(lambda: loop.count(Column.CLOSED_RESET) == 20 * (generation + 1))  # noqa: B023 - asked at once
    sent = sum(line["sent_bytes"] for line in loop.journal.lines())
    assert sent == loop.count(Column.SENT_BYTES)


def test_a_slow_reader_is_closed_when_its_time_is_over(serve: Serve) -> None:
    """What is unsent is dropped with it, and its pipe is there for the next one."""
    loop = serve(send_buffer_bytes=4096, idle_timeout_s=0.5)
    for _ in range(20):
        with slow_reader(loop, os.urandom(4 * TURN_BYTES))[0]:
            while loop.count(Column.CLOSED_IDLE_TIMEOUT) + loop.count(Column.CLOSED_RESET) < loop.count(
                Column.ACCEPTED
            ) or not loop.count(Column.ACCEPTED):
                loop.tick()
    assert loop.echoes(os.urandom(1000))


@given(sizes=st.lists(st.integers(0, 2 * TURN_BYTES), min_size=1, max_size=6))
@pytest.mark.parametrize("path", PATHS)
def test_over_a_life_bytes_in_equal_bytes_out(path: Callable[[], Watch | None], sizes: list[int]) -> None:
    """Once every connection has ended cleanly, what was received was sent, and both are what the peers sent."""
    with running_loop(path(), send_buffer_bytes=16_384) as loop:
        for size in sizes:
            payload = os.urandom(size)
            with loop.connect() as sock:
                assert exchange(sock, [payload]) == payload
        totals = loop.end()
    assert totals.received_bytes == totals.sent_bytes == sum(sizes)
    assert loop.count(Column.ACCEPTED) == loop.count(Column.CLOSED_PEER_FINISHED) == len(sizes)


def test_past_its_budget_a_connection_goes_on_spliced(watch: Serve) -> None:
    """The calls end, and the echo does not: the copying path would have made some more."""
    calls = Facts[Call]()

    def tell(call: Call) -> bool:
        calls.tell(call)
        return len(calls.so_far()) == 3

    loop = watch(tell)
    with loop.connect() as sock:
        for message in (b"Hello", bytes(2 * TURN_BYTES), b"?"):
            sock.sendall(message)
            assert receive(sock, len(message)) == message
        assert awaited(calls.so_far()[0].fd) == select.EPOLLIN | select.EPOLLPRI
        assert exchange(sock, [b"end"]) == b"end"
    line = loop.journal.wait_for("connection_closed")
    assert (line["received_bytes"], line["sent_bytes"]) == (2 * TURN_BYTES + 9, 2 * TURN_BYTES + 9)
    assert [call.call for call in calls.so_far()] == ["accept", "recv", "send"]


def end_by_reset(loop: RunningLoop, sock: socket.socket) -> None:
    """Have the peer reset it."""
    reset(sock)
    loop.journal.wait_for("connection_closed")


def end_by_idleness(loop: RunningLoop, _: socket.socket) -> None:
    """Let the time-out pass."""
    loop.tick(20)


def end_by_draining(loop: RunningLoop, _: socket.socket) -> None:
    """Stop, and let the time for it pass."""
    loop.signal(signal.SIGTERM)
    loop.tick(20)


def end_by_finishing(loop: RunningLoop, sock: socket.socket) -> None:
    """Have the peer finish."""
    exchange(sock, [])
    loop.journal.wait_for("connection_closed")


@pytest.mark.parametrize(
    ("end", "reason", "said"),
    [
        (end_by_finishing, "peer_finished", "peer_finished"),
        (end_by_reset, "reset", "ECONNRESET"),
        (end_by_idleness, "idle_timeout", "idle_timeout"),
        (end_by_draining, "drain_timeout", "drain_timeout"),
    ],
)
def test_each_end_is_counted_by_its_reason(
    serve: Serve, end: Callable[[RunningLoop, socket.socket], None], reason: str, said: str
) -> None:
    """One connection, one reason, one line of the log."""
    loop = serve(idle_timeout_s=1.5, drain_timeout_s=1)
    with loop.connect() as sock:
        sock.sendall(b"Hello")
        assert receive(sock, 5) == b"Hello"
        name = address(sock.getsockname())
        end(loop, sock)
    line = loop.journal.wait_for("connection_closed", peer=name)
    assert (line["ended"], line["received_bytes"], line["sent_bytes"]) == (said, 5, 5)
    assert {why: loop.count(column) for why, column in CLOSED.items() if loop.count(column)} == {reason: 1}


def test_a_reset_with_bytes_under_way_is_not_an_error_of_ours(serve: Serve) -> None:
    """The bytes that could not be sent back stay the difference between the two counters, and of that line."""
    loop = serve(send_buffer_bytes=4096)
    sock, sent = slow_reader(loop, bytes(8 * TURN_BYTES))
    assert eventually(lambda: loop.owed_bytes > 0)
    reset(sock)
    line = loop.journal.wait_for("connection_closed")
    assert sent >= line["received_bytes"] > line["sent_bytes"]
    assert loop.count(Column.RECEIVED_BYTES) == line["received_bytes"]
    assert loop.count(Column.SENT_BYTES) == line["sent_bytes"]
    assert loop.count(Column.CLOSED_RESET) == 1


def test_a_peer_that_only_opens_costs_nothing_until_it_ends(serve: Serve) -> None:
    """A hundred silent connections are open, counted, and closed without a byte."""
    loop = serve(backlog=128)
    peers = [loop.connect() for _ in range(100)]
    assert eventually(lambda: loop.count(Column.ACCEPTED) == 100)
    for number, peer in enumerate(peers):
        linger = struct.pack("ii", number % 2, 0)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        peer.close()
    assert eventually(lambda: loop.count(Column.CLOSED_PEER_FINISHED) == loop.count(Column.CLOSED_RESET) == 50)
    assert loop.count(Column.RECEIVED_BYTES) == 0


def test_a_call_that_would_block_is_no_loss(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever epoll has said of it, and however often: what is read and sent again later is every byte."""
    dice = random.Random(1)

    def unwilling(call: Callable[..., int]) -> Callable[..., int]:
        def try_it(*arguments: Any) -> int:
            if dice.random() < 0.5:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            return call(*arguments)

        return try_it

    for owner, name in ((os, "splice"), (socket.socket, "recv_into")):
        monkeypatch.setattr(owner, name, unwilling(getattr(owner, name)), raising=False)
    loop = serve(send_buffer_bytes=4096)
    payload = os.urandom(4 * TURN_BYTES)
    with loop.connect() as sock:
        assert exchange(sock, [payload]) == payload
    assert eventually(lambda: loop.count(Column.CLOSED_PEER_FINISHED) == 1)
