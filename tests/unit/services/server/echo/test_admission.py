"""Who gets in: the limits, and the listeners' end."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from services.server.echo.admission import Admission
from services.server.echo.connections import Connections
from services.server.echo.counters import Column, Counters
from services.server.listeners import accept_queue, listen
from services.server.probes import PROBE_HOST
from services.server.settings import ServerSettings
from shared.feeding.feed import Feed
from shared.watch import Watch
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.loops import RunningLoop, running_loop
from tests.unit.harness.receiver import receiver
from tests.unit.harness.sockets import exchange, receive

Serve = Callable[..., RunningLoop]

# One second, as the loop counts it.
SECOND_TICKS = 10


def connect(loop: RunningLoop, host: str = "127.0.0.1") -> socket.socket:
    """Return a connection from this address of loopback."""
    return socket.create_connection(loop.address, timeout=DEADLINE_S, source_address=(host, 0))


def is_served(sock: socket.socket) -> bool:
    """Tell whether a byte comes back, or else the reset of a peer's one too many."""
    with suppress(ConnectionError):
        sock.sendall(b"?")
        return receive(sock, 1) == b"?"
    return False


def refuse(loop: RunningLoop, count: int) -> None:
    """Be one too many, so often."""
    for _ in range(count):
        with suppress(ConnectionResetError), connect(loop) as sock:  # connect() may see the reset already
            assert not is_served(sock)


def test_a_peers_one_too_many_is_reset_and_counted(serve: Serve) -> None:
    """It is not accepted, as far as the counters tell; nobody else's connection is touched."""
    loop = serve(max_connections_per_peer=2)
    with connect(loop) as first, connect(loop) as second, connect(loop, "127.0.0.2") as other:
        assert all(map(is_served, (first, second, other)))
        refuse(loop, 3)
        assert all(map(is_served, (first, second, other)))
    assert eventually(lambda: loop.count(Column.CLOSED_PEER_FINISHED) == 3)
    assert (loop.count(Column.REFUSED), loop.count(Column.ACCEPTED)) == (3, 3)


def test_a_peer_that_is_refused_gets_a_reset_and_no_fin(serve: Serve) -> None:
    """A FIN would cost the server a TIME-WAIT for each."""
    loop = serve(max_connections_per_peer=1)
    with connect(loop) as sock:
        assert is_served(sock)
        with pytest.raises(ConnectionResetError), connect(loop) as refused:  # connect() may see the reset already
            refused.recv(1)


def test_a_peer_that_has_finished_may_come_again(serve: Serve) -> None:
    """The limit is about what is open, however a connection came to its end."""
    loop = serve(max_connections_per_peer=1)
    for number in range(1, 5):
        with connect(loop) as sock:
            assert is_served(sock)
            refuse(loop, 1)
        assert eventually(lambda: loop.count(Column.CLOSED_PEER_FINISHED) == number)  # noqa: B023 - asked at once


def test_without_a_limit_a_peer_may_have_many(serve: Serve) -> None:
    """By default one client machine can hold as many as there are slots."""
    loop = serve()
    with ExitStack() as stack:
        assert all(is_served(stack.enter_context(connect(loop))) for _ in range(50))
    assert loop.count(Column.REFUSED) == 0


def test_refusals_are_logged_at_most_once_a_second(serve: Serve) -> None:
    """A storm of them costs one line, which says how many there were; when it is over, none is written."""
    loop = serve(max_connections_per_peer=1)
    with connect(loop) as first:
        assert is_served(first)
        refuse(loop, 20)
        loop.tick(SECOND_TICKS - 1)
        assert "connections_refused" not in loop.journal.events()
        refuse(loop, 5)
        loop.tick()
        assert loop.journal.wait_for("connections_refused") == {
            "event": "connections_refused",
            "count": 25,
            "max_connections_per_peer": 1,
        }
        loop.tick(3 * SECOND_TICKS)
        assert loop.journal.events().count("connections_refused") == 1


def test_refused_peers_do_not_use_up_slots(serve: Serve) -> None:
    """However many are refused, as many others as there are slots get in."""
    loop = serve(max_connections_per_peer=1, max_connections=3)
    with ExitStack() as stack:
        assert is_served(stack.enter_context(connect(loop)))
        refuse(loop, 10)
        assert is_served(stack.enter_context(connect(loop, "127.0.0.2")))
        assert is_served(stack.enter_context(connect(loop, "127.0.0.3")))


def test_a_storm_is_served_whole_and_watched_in_part() -> None:
    """Beyond the second's allowance connections begin unwatched; each is either told by its calls or noticed."""
    with receiver() as scope:
        watch = Watch(None, Feed(scope.address, "server", Journal().log))
        watch.start()
        with running_loop(watch) as loop:
            for _ in range(400):
                assert loop.echoes(b"Hello")
                scope.pending()  # before its kernel has no room for more
            assert eventually(lambda: loop.count(Column.CLOSED_PEER_FINISHED) == 400)
        accepted = {call["peer"] for call in scope.calls() if call["call"] == "accept"}
        never = [one for one in scope.notices() if not one.get("calls")]
    assert len(accepted) + sum(one.get("connections", 1) for one in never) == 400
    assert accepted.isdisjoint(one["peer"] for one in never)
    assert len(accepted) >= 100


def test_every_slot_comes_back(serve: Serve) -> None:
    """A thousand short connections through two slots leave both of them free."""
    loop = serve(max_connections=2)
    for number in range(500):
        with loop.connect() as one, loop.connect() as two:
            if number % 2:
                assert exchange(one, [b"1"]) == b"1"
            assert is_served(two)
    assert eventually(lambda: loop.count(Column.CLOSED_PEER_FINISHED) == 1000)


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    """Give two listeners of one worker, as for a name with two addresses."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(listen("127.0.0.1", 0, 128)[0])) for _ in range(2)]


@pytest.fixture
def connections() -> Iterator[Connections]:
    """Give connections that nobody echoes."""
    made = Connections(Counters(1).row(0), Journal().log, lambda _: None)
    yield made
    made.shut()


def test_a_closed_listeners_descriptor_is_free_for_a_connection(
    connections: Connections, listeners: list[socket.socket]
) -> None:
    """While one listener's queue is still emptied, what comes from it may get the number of one that has closed."""
    adopted = list[int]()
    settings, log, row = ServerSettings(), Journal().log, Counters(1).row(0)
    admission = Admission(listeners, connections, settings, log, None, lambda fd, *_: adopted.append(fd), row)
    empty, full = (one.fileno() for one in listeners)
    with ExitStack() as stack:
        for _ in range(65):  # one more than a turn takes
            stack.enter_context(socket.create_connection(listeners[1].getsockname(), timeout=DEADLINE_S))
        assert eventually(lambda: accept_queue(listeners[1]).length == 65)
        admission.close_empty(force=False)
        assert (len(adopted), set(admission.listeners), set(connections.handlers)) == (64, {full}, {full})
        admission.close_empty(force=False)
        assert (len(adopted), set(admission.listeners), set(connections.handlers)) == (65, set(), set())
    assert empty in adopted
    for fd in adopted:
        os.close(fd)


def test_a_forced_close_counts_who_still_waits_as_cut(connections: Connections, listeners: list[socket.socket]) -> None:
    """The kernel had promised them a connection, and resets them now."""
    settings, log, row = ServerSettings(max_connections=1), Journal().log, Counters(1).row(0)
    row[Column.STOPPING] = 1
    admission = Admission(listeners, connections, settings, log, None, lambda fd, *_: os.close(fd), row)
    with ExitStack() as stack:
        for listener in listeners:
            for _ in range(3):
                stack.enter_context(socket.create_connection(listener.getsockname(), timeout=DEADLINE_S))
        assert eventually(lambda: all(accept_queue(one).length == 3 for one in listeners))
        admission.close_empty(force=True)
    assert (row[Column.CUT], admission.listeners) == (5, {})


def test_the_health_checks_connections_are_not_watched() -> None:
    """Nobody wants to see them: they are served without a record, however they are watched."""
    with receiver() as scope:
        watch = Watch(None, Feed(scope.address, "server", Journal().log))
        watch.start()
        with running_loop(watch) as loop:
            with connect(loop, PROBE_HOST) as probe:
                assert is_served(probe)
            assert loop.echoes(b"Hello")
        assert scope.has(call="close")
        assert PROBE_HOST not in {call["peer"].rpartition(":")[0] for call in scope.calls()}
