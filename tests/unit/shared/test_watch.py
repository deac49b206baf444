"""Who is watched, and for how long."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import structlog

from shared import watch as watching
from shared.calls import Call, WatchedSocket, address
from shared.feeding.feed import Feed
from shared.log import configure_logging
from shared.settings import WatchedSettings
from shared.watch import PerSecond, Watch
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.receiver import Receiver, receiver
from tests.unit.harness.servers import free_port
from tests.unit.harness.sockets import receive, tcp_pair
from tests.unit.shared.feeding.test_feed import a_call

SECOND_NS = 1_000_000_000

Start = Callable[..., Watch]


@pytest.fixture
def scope() -> Iterator[Receiver]:
    """Give a scope."""
    with receiver() as listening:
        yield listening


@pytest.fixture
def start(scope: Receiver) -> Iterator[Start]:
    """Start watches that are connected to the scope."""
    with ExitStack() as stack:

        def started(calls: int, report: Callable[[Call], None] | None = None) -> Watch:
            feed = Feed(scope.address, "server", Journal().log)
            watch = Watch(report, feed, calls)
            stack.callback(watch.close)
            watch.start()
            feed._resolver.wait_for_first(DEADLINE_S)  # noqa: SLF001 - so that nothing is held
            return watch

        yield started


def call(name: str, now_ns: int = 0, peer: str | None = "127.0.0.1:2") -> Call:
    """Return a record of a connection."""
    return Call("server", "here", 1, 7, name, 1, 2, now_ns, "127.0.0.1:1", peer, None, None, None, None)


def unwatched(scope: Receiver) -> list[tuple[str, str, int]]:
    """Return peer, reason and calls of each notice."""
    return [(one["peer"], one["reason"], one["calls"]) for one in scope.notices()]


def test_an_allowance_is_full_again_each_second() -> None:
    """Three in a second are three, however they are spread over it."""
    allowance = PerSecond(3)
    for second in (5, 6, 9):
        taken = [allowance.take(second * SECOND_NS + part) for part in range(0, SECOND_NS, SECOND_NS // 10)]
        assert taken == [True] * 3 + [False] * 7
        assert not allowance.is_open(second * SECOND_NS + SECOND_NS - 1)
        assert allowance.is_open((second + 1) * SECOND_NS)


def test_a_call_from_the_second_before_does_not_fill_it_again() -> None:
    """One that took long is told by its beginning."""
    allowance = PerSecond(1)
    assert allowance.take(5 * SECOND_NS)
    assert not allowance.take(4 * SECOND_NS)
    assert not allowance.is_open(4 * SECOND_NS)
    assert not allowance.take(5 * SECOND_NS)


@pytest.mark.parametrize(
    ("settings", "is_watched"),
    [({}, False), ({"log_level": "debug"}, True), ({"scope": "127.0.0.1:1"}, True), ({"log_level": "warning"}, False)],
)
def test_where_nobody_watches_there_is_no_watch(settings: dict[str, str], is_watched: bool) -> None:  # noqa: FBT001 - a parameter
    """No object, and so no cost."""
    known = WatchedSettings(**settings)  # type: ignore[arg-type]
    assert (Watch.of("server", known, configure_logging("server", known)) is not None) is is_watched
    structlog.reset_defaults()


@pytest.mark.parametrize("budget", [1, 2, 7])
def test_a_connection_is_watched_for_exactly_its_budget(start: Start, scope: Receiver, budget: int) -> None:
    """The socket stops reporting with the last one, and the scope is told which connection it is."""
    with tcp_pair() as (client, server):
        sock = WatchedSocket(server, "server", start(budget).begin())
        watched = []
        for _ in range(10):
            sock.send(b"Hello")
            watched.append(sock.is_watched)
        assert watched == [True] * (budget - 1) + [False] * (11 - budget)
        assert [record["offset"] for record in scope.calls()] == list(range(0, 5 * budget, 5))
        (notice,) = scope.notices()
        assert (notice["local"], notice["peer"]) == (address(server.getsockname()), address(client.getsockname()))
        assert (notice["reason"], notice["calls"]) == ("budget", budget)
        assert receive(client, 50) == b"Hello" * 10


def test_a_connection_that_ends_with_its_budget_was_watched_to_the_end(start: Start, scope: Receiver) -> None:
    """Nothing of it is missing, and so there is no notice."""
    report = start(3).begin()
    for name in ("accept", "recv", "close"):
        report(call(name))
    assert len(scope.calls()) == 3
    assert unwatched(scope) == []


def test_each_attempt_of_a_client_has_a_budget_of_its_own(start: Start, scope: Receiver) -> None:
    """One reporter serves a session; a new socket is a new connection."""
    report = start(2).begin()
    for _ in range(3):
        assert not report(call("socket", peer=None))
        assert report(call("connect"))
    assert len(scope.calls()) == 6
    assert unwatched(scope) == [("127.0.0.1:2", "budget", 2)] * 3


def test_beyond_the_seconds_records_a_connection_goes_on_unwatched(
    start: Start, scope: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice says how many there were; the next second is as good as the first."""
    monkeypatch.setattr(watching, "_RECORDS_PER_S", 5)
    watch = start(64)
    for second in (1, 2):
        report = watch.begin()
        wanted = [not report(call(name, second * SECOND_NS)) for name in ("accept", *["recv"] * 6)]
        assert wanted == [True] * 5 + [False] * 2
        assert len(scope.calls()) == 5 * second
    assert unwatched(scope) == [("127.0.0.1:2", "rate", 5)] * 2


def test_beyond_the_seconds_connections_one_begins_unwatched(start: Start, scope: Receiver) -> None:
    """So many are told whole, instead of the first call of all."""
    watch = start(64)
    reports = [watch.begin() for _ in range(102)]
    for report in reports:
        report(call("accept", 5 * SECOND_NS))
    assert len(scope.calls()) == 100
    assert unwatched(scope) == [("127.0.0.1:2", "rate", 0)] * 2
    for report in reports:
        report(call("recv", 5 * SECOND_NS))
    assert len(scope.calls()) == 200
    watch.begin()(call("accept", 6 * SECOND_NS))
    assert len(scope.calls()) == 201


def test_without_room_a_connection_needs_no_watched_socket(
    start: Start, scope: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fast path has it from the start, and the scope is told its name."""
    monkeypatch.setattr(watching, "_BEGINS_PER_S", 0)
    watch = start(64)
    assert not watch.has_room()
    with tcp_pair() as (client, server):
        watch.begun_unwatched(server.fileno())
        (notice,) = scope.notices()
        assert (notice["local"], notice["peer"]) == (address(server.getsockname()), address(client.getsockname()))
        assert (notice["reason"], notice["calls"]) == ("rate", 0)
        server.send(b"Hello")
        assert receive(client, 5) == b"Hello"


def test_a_client_that_begins_unwatched_says_so_when_it_knows_with_whom(
    start: Start, scope: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket() has no peer: the notice waits for the connect()."""
    monkeypatch.setattr(watching, "_BEGINS_PER_S", 0)
    report = start(64).begin()
    assert not report(call("socket", peer=None))
    assert report(call("connect"))
    assert scope.calls() == []
    assert unwatched(scope) == [("127.0.0.1:2", "rate", 0)]


def test_notices_have_a_limit_too(start: Start, scope: Receiver) -> None:
    """Beyond it connections are counted; nobody's name is lost without a number."""
    watch = start(64)
    for _ in range(150):
        watch.notify(5 * SECOND_NS, "127.0.0.1:1", "127.0.0.1:2", "rate", 0)
    watch.flush()
    named, crowd = scope.notices()[:100], scope.notices()[100:]
    assert {one["peer"] for one in named} == {"127.0.0.1:2"}
    assert [(one["peer"], one["connections"]) for one in crowd] == [(None, 50)]


def test_a_log_is_told_everything(start: Start, scope: Receiver) -> None:
    """The budgets are the scope's: for a log at debug there is room always, and the socket is watched to its end."""
    logged = list[Call]()
    watch = start(2, logged.append)
    assert watch.has_room()
    with tcp_pair() as (_, server):
        sock = WatchedSocket(server, "server", watch.begin())
        for _ in range(10):
            sock.send(b"Hello")
        assert sock.is_watched
    assert (len(logged), len(scope.calls())) == (10, 2)
    assert len(unwatched(scope)) == 1


def test_a_worker_announces_its_own_listeners(scope: Receiver) -> None:
    """They were bound before there was a scope; other workers tell of theirs."""
    watch = Watch(None, Feed(scope.address, "server", Journal().log))
    with socket.socket() as first, socket.socket() as second:
        for sock in (first, second):
            WatchedSocket(sock, "server", watch.announce).bind(("127.0.0.1", 0))
        watch.start({second.fileno()})
        assert eventually(lambda: watch.flush() or bool(scope.calls()))  # type: ignore[func-returns-value]
        watch.close()
        assert [one["local"] for one in scope.calls()] == [address(second.getsockname())]


def test_a_forked_worker_speaks_for_itself(scope: Receiver) -> None:
    """The records and notices of a child carry its pid, and it has a resolver of its own."""
    watch = Watch(None, Feed(scope.address, "server", Journal().log), calls=1)
    with tcp_pair() as (_, server):
        pid = os.fork()
        if not pid:
            watch.start()
            WatchedSocket(server, "server", watch.begin()).send(b"Hello")
            watch.close()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    assert pid != os.getpid()
    assert [one["pid"] for one in scope.calls() + scope.notices()] == [pid, pid]


def test_a_scope_that_is_not_there_yet_is_no_news() -> None:
    """A refusal is counted, and not said."""
    journal = Journal()
    feed = Feed(("127.0.0.1", free_port()), "server", journal.log, quiet_s=60)
    feed.start([])

    def refused() -> bool:
        feed.send(a_call())
        feed.flush()
        return feed.dropped > 0

    assert eventually(refused)
    feed.close()
    assert journal.lines() == []
