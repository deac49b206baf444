"""Slots: kept connected, one connection after another, each judged once."""

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from services.client.connect.addresses import Rota, resolve
from services.client.load.connections.pool import Pool
from services.client.load.messages import messages_of
from services.client.load.settings import LoadSettings
from services.server.echo.counters import Column
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.loads import Load, Middle, bad_echo
from tests.unit.harness.loops import running_loop


def test_a_connection_that_was_lost_is_replaced() -> None:
    """A server that spoils every connection after a while does not end the load."""

    def middle() -> Middle:
        seen = 0

        def treat(data: bytes, *, ended: bool) -> bytes:  # noqa: ARG001 - what a middle is called with
            nonlocal seen
            seen += len(data)
            return data if seen < 1000 else b"?" * len(data)

        return treat

    with bad_echo(middle) as address:
        load = Load(address, connections=2, size_bytes=100, duration_s=0.5)
    measured = load.measured
    assert measured.sessions_failed > 2
    assert set(measured.errors) == {"mismatch"}
    assert measured.messages_verified >= 9 * measured.sessions_failed
    assert measured.mismatches > 90 * measured.sessions_failed


def test_a_flood_of_failures_is_not_a_flood_of_lines() -> None:
    """Ten a second are told one by one, and all are counted."""

    def middle() -> Middle:
        return lambda data, *, ended: b"" if ended else b"?" * len(data)

    with bad_echo(middle) as address:
        load = Load(address, connections=40, size_bytes=100, duration_s=0.2)
    untold = [line["count"] for line in load.journal.lines() if line["event"] == "sessions_failed"]
    assert load.measured.sessions_failed >= 40
    assert len(load.failures()) <= 20
    assert len(load.failures()) + sum(untold) == load.measured.sessions_failed


@pytest.mark.parametrize("shape", [{}, {"rate": 300}, {"messages_per_connection": 7}], ids=str)
def test_every_session_ends_with_a_half_close_and_the_peers_end(shape: dict[str, Any]) -> None:
    """The server sees us finish on each connection, and none reset."""
    with running_loop() as server:
        load = Load(server.address, connections=5, duration_s=0.1, **shape)
        # One that was being made when the load ended has finished as well, and is no session.
        assert eventually(lambda: server.count(Column.CLOSED_PEER_FINISHED) == server.count(Column.ACCEPTED))
        assert server.count(Column.ACCEPTED) >= load.measured.sessions
        assert server.count(Column.CLOSED_RESET) == 0


def test_the_ramp_spreads_the_opening() -> None:
    """Connections are opened one after another, and the load begins when all are there."""
    opened_s: list[float] = []

    def middle() -> Middle:
        opened_s.append(time.monotonic())
        return lambda data, *, ended: data  # noqa: ARG005 - what a middle is called with

    with bad_echo(middle) as address:
        load = Load(address, connections=4, ramp_s=0.4, duration_s=0.05, rate=100)
    # The last is begun 0.3 s after the first, which a busy machine may see late.
    assert opened_s[3] - opened_s[0] >= 0.15
    assert (load.measured.messages_verified, load.measured.sessions) == (5, 4)


@pytest.fixture
def closing() -> Iterator[tuple[Pool, socket.socket]]:
    """Give a pool that has half-closed its one connection, and the peer's end of that."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        settings = LoadSettings(host=host, port=port, connections=1)
        with contextlib.closing(messages_of(settings)) as messages:
            pool = Pool(settings, Rota(resolve(host, port, DEADLINE_S)), messages, Journal().log)
            pool.open(time.monotonic_ns())
            peer, _ = listener.accept()
            for fd, event in pool.epoll.poll(DEADLINE_S):
                pool.handlers[fd](event)
            pool.judge(pool.slots[0])
            with peer:
                yield pool, peer


def test_a_peer_that_has_finished_by_the_deadline_has_finished(closing: tuple[Pool, socket.socket]) -> None:
    """Its FIN waits in the socket when a busy machine comes to look, and the time is up."""
    pool, peer = closing
    peer.shutdown(socket.SHUT_WR)
    assert pool.epoll.poll(DEADLINE_S)
    pool.shut()
    assert (pool.recording.sessions, pool.recording.errors) == (1, {})


def test_a_peer_that_has_not_finished_by_the_deadline_has_timed_out(closing: tuple[Pool, socket.socket]) -> None:
    """Nothing waits in the socket."""
    pool, _ = closing
    pool.shut()
    assert pool.recording.errors == {"timed_out": 1}


def test_what_came_before_a_time_out_is_found_over_has_stopped_it(closing: tuple[Pool, socket.socket]) -> None:
    """A surplus byte, unread: the peer is not quiet, and has its time to finish."""
    pool, peer = closing
    peer.send(b"?")
    assert pool.epoll.poll(DEADLINE_S)
    late_ns = time.monotonic_ns() + 60 * 10**9
    pool.on_tick(late_ns)
    assert pool.is_closing
    pool.on_tick(late_ns)
    assert pool.recording.errors == {"surplus": 1}
    pool.shut()
