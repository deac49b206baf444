"""The drain: the orderly end of a loop."""

import math
import signal
import socket
from collections.abc import Callable

import pytest

from services.server.echo.loop import TICK_S
from services.server.settings import ServerSettings
from shared.sockets import reset_on_close
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.sockets import exchange, receive

Serve = Callable[..., RunningLoop]

# With the default drain time-out: the tick that ends the drain, and the one at which a silent peer is told.
DEADLINE_TICKS = math.ceil(ServerSettings().drain_timeout_s / TICK_S)
TOLD_TICKS = DEADLINE_TICKS // 4


def open_echo(loop: RunningLoop) -> socket.socket:
    """Return a connection that the loop has accepted, in mid-message."""
    sock = loop.connect()
    sock.sendall(b"first ")
    assert receive(sock, 6) == b"first "
    return sock


def assert_open(sock: socket.socket) -> None:
    """Nothing has come from the loop, not even its end."""
    sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        sock.recv(1)
    sock.settimeout(DEADLINE_S)


def test_without_connections_a_stop_signal_ends_the_loop(serve: Serve) -> None:
    """Two ticks are left for handshakes under way, then it is over, and nothing was cut."""
    loop = serve()
    loop.signal(signal.SIGTERM)
    loop.tick()
    assert not loop.is_over
    loop.tick()
    assert loop.totals().cut == 0


def test_drain_finishes_an_open_echo(serve: Serve) -> None:
    """A peer in mid-message when the signal comes gets all of it back."""
    loop = serve()
    with open_echo(loop) as sock:
        loop.signal(signal.SIGTERM)
        loop.tick(3)
        assert exchange(sock, [b"rest"]) == b"rest"
    loop.tick()
    totals = loop.totals()
    assert (totals.cut, totals.sent_bytes) == (0, 10)


def test_drain_accepts_what_is_queued(serve: Serve) -> None:
    """Connections that the kernel queued before the signal are served, even if it takes until a slot is free."""
    loop = serve(max_connections=1)
    with open_echo(loop) as first, loop.connect() as second, loop.connect() as third:
        loop.signal(signal.SIGTERM)
        loop.tick(5)
        assert exchange(first, [b"1"]) == b"1"
        assert exchange(second, [b"2"]) == b"2"
        assert exchange(third, [b"3"]) == b"3"
    loop.tick()
    totals = loop.totals()
    assert (totals.connections, totals.cut) == (3, 0)


def test_drain_accepts_more_than_one_turn_takes(serve: Serve) -> None:
    """A queue longer than what one turn accepts is emptied before the listener closes."""
    loop = serve(backlog=256, max_connections=1)
    with open_echo(loop) as first:
        waiting = [loop.connect() for _ in range(150)]
        for sock in waiting:
            sock.sendall(b"?")
            sock.shutdown(socket.SHUT_WR)
        loop.signal(signal.SIGTERM)
        loop.tick(5)
        assert exchange(first, []) == b""
        for sock in waiting:
            with sock:
                assert receive(sock, 2) == b"?"
    loop.tick()
    assert loop.totals().cut == 0


def test_a_drain_refuses_new_clients_at_once(serve: Serve) -> None:
    """From the signal on the port looks closed, although the queue is still being emptied."""
    loop = serve()
    with open_echo(loop):
        loop.signal(signal.SIGTERM)
        with pytest.raises(ConnectionRefusedError):
            loop.connect()
        assert not loop.is_over


def test_a_silent_peer_is_told_after_a_quarter_of_the_time(serve: Serve) -> None:
    """Our FIN reaches it then and not before; when it finishes too, nothing was cut."""
    loop = serve()
    with open_echo(loop) as sock:
        loop.signal(signal.SIGTERM)
        loop.tick(TOLD_TICKS - 1)
        assert_open(sock)
        loop.tick()
        assert exchange(sock, []) == b""  # the end, although this side has not finished yet
    loop.tick()
    assert loop.totals().cut == 0


def test_progress_puts_off_being_told(serve: Serve) -> None:
    """The quarter counts from the last progress, so a peer that is active is not interrupted."""
    loop = serve()
    with open_echo(loop) as sock:
        loop.signal(signal.SIGTERM)
        loop.tick(TOLD_TICKS - 1)
        sock.sendall(b"?")
        assert receive(sock, 1) == b"?"
        loop.tick(TOLD_TICKS - 1)
        assert_open(sock)
        loop.tick()
        assert receive(sock, 1) == b""


def test_a_peer_that_was_told_and_stays_is_not_counted_as_cut(serve: Serve) -> None:
    """It has all of its bytes and our FIN: at the deadline the loop ends without it."""
    loop = serve()
    with open_echo(loop):
        loop.signal(signal.SIGTERM)
        loop.tick(DEADLINE_TICKS)
        assert loop.totals().cut == 0
        assert loop.journal.wait_for("connection_closed")["ended"] == "drain_timeout"


def test_bytes_after_our_end_count_as_cut(serve: Serve) -> None:
    """What comes from a peer after our FIN cannot be echoed any more, and that is our doing."""
    loop = serve()
    with open_echo(loop) as sock:
        loop.signal(signal.SIGTERM)
        loop.tick(TOLD_TICKS)
        sock.sendall(b"late")
        loop.journal.wait_for("connection_closed")
        loop.tick()
        assert loop.totals().cut == 1


def test_a_reset_after_our_end_is_not_counted_as_cut(serve: Serve) -> None:
    """The peer has all of its bytes, and has gone in its own way."""
    loop = serve()
    with open_echo(loop) as sock:
        loop.signal(signal.SIGTERM)
        loop.tick(TOLD_TICKS)
        reset_on_close(sock)
    assert loop.journal.wait_for("connection_closed")["ended"] == "ECONNRESET"
    loop.tick()
    assert loop.totals().cut == 0


def test_at_the_deadline_an_unfinished_echo_is_cut(serve: Serve) -> None:
    """A peer that does not take its bytes is closed when the drain time-out is over, and counted."""
    loop = serve(send_buffer_bytes=4096)
    with loop.connect() as sock:
        sock.setblocking(False)
        sock.send(bytes(8 << 20))
        loop.signal(signal.SIGTERM)
        loop.tick(DEADLINE_TICKS - 1)
        assert not loop.is_over
        loop.tick()
        assert loop.totals().cut == 1


def test_at_the_deadline_the_accept_queue_is_cut(serve: Serve) -> None:
    """A connection that was promised by the kernel and never got a slot counts as cut too."""
    loop = serve(max_connections=1)
    with open_echo(loop), loop.connect(), loop.connect():
        loop.signal(signal.SIGTERM)
        loop.tick(DEADLINE_TICKS)
        assert loop.totals().cut == 2


def test_told_to_end_it_at_once_the_loop_does(serve: Serve) -> None:
    """After SIGQUIT the loop waits for nobody: what is open is cut and counted."""
    loop = serve()
    with open_echo(loop):
        loop.signal(signal.SIGTERM)
        loop.tick(3)
        assert not loop.is_over
        loop.signal(signal.SIGQUIT)
        loop.tick()
        assert loop.totals().cut == 1


def test_a_worker_that_leaves_alone_leaves_its_listener_to_its_successor(serve: Serve) -> None:
    """Told to go by anybody but its supervisor, it finishes what is open; who comes meanwhile is served by the next."""
    loop = serve()
    shared = loop.listener.dup()
    with open_echo(loop) as sock:
        loop.leave()
        loop.tick(3)
        assert not loop.is_over
        with loop.connect() as waiting:
            assert exchange(sock, [b"rest"]) == b"rest"
            loop.tick()
            assert loop.totals().cut == 0
            successor = RunningLoop(ServerSettings(), shared, None)
            assert exchange(waiting, [b"?"]) == b"?"
            assert successor.echoes()
            successor.end()


def test_a_worker_that_leaves_can_still_be_stopped_with_the_server(serve: Serve) -> None:
    """From then on the port looks closed, as for a worker that was told once."""
    loop = serve()
    with open_echo(loop):
        loop.leave()
        loop.connect().close()
        loop.signal(signal.SIGTERM)
        with pytest.raises(ConnectionRefusedError):
            loop.connect()


def test_the_end_of_the_server_ends_the_listener_for_all_who_share_it(serve: Serve) -> None:
    """The supervisor and the observer hold it too: nobody must wait for a worker that will not come."""
    loop = serve()
    shared = loop.listener.dup()
    loop.signal(signal.SIGTERM)
    loop.tick(2)
    assert loop.totals().cut == 0
    with pytest.raises(OSError, match="Invalid argument"):
        shared.accept()
    shared.close()
