"""What the scope is told of a load while it runs."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from services.client.load.results.timeline import Slice, Tally
from services.client.load.telling import telling
from shared.feeding.feed import Feed
from shared.load.histogram import Durations
from tests.unit.harness.facts import Journal
from tests.unit.harness.loads import Load, bad_echo, slow
from tests.unit.harness.receiver import Receiver, receiver
from tests.unit.harness.servers import free_port


@pytest.fixture
def scope() -> Iterator[Receiver]:
    """Give a scope."""
    with receiver() as listening:
        yield listening


def a_second() -> Slice:
    """Return one with three messages."""
    return Slice(1_700_000_000, 1, 3, 1, Tally(Counter({100: 2, 90_000: 1})), Tally(Counter({70: 3})))


def counts(text: object) -> list[tuple[int, int]]:
    """Return the buckets of an encoded histogram."""
    return Durations.decode_alone(str(text)).recorded()


def test_a_second_is_told_with_both_histograms_whole(scope: Receiver) -> None:
    """So that replicas can be added up; in a closed loop the latency is the service time."""
    feed = Feed(scope.address, "client", Journal().log)
    feed.start([])
    tell = telling(feed)
    tell(50.0, lambda: 4, a_second())
    tell(0, lambda: 4, a_second())
    feed.close()
    opened, closed = scope.receive(), scope.receive()
    told = {name: opened[name] for name in ("load", "pid", "second", "messages", "errors", "in_flight")}
    assert told == {
        "load": 1,
        "pid": os.getpid(),
        "second": 1_700_000_000,
        "messages": 3,
        "errors": 1,
        "in_flight": 4,
    }
    assert (opened["rate_requested"], closed["rate_requested"]) == (50.0, 0)
    assert (sum(count for _, count in counts(opened["latency"])), counts(opened["service_time"])) == (3, [(70, 3)])
    assert closed["service_time"] == closed["latency"] == opened["latency"]


def test_every_second_that_is_measured_is_told_and_they_add_up_to_the_result() -> None:
    """With all their messages, and none of the warm-up's."""
    told: list[Slice] = []
    with bad_echo(lambda: slow(0)) as server:
        load = Load(server, rate=200, warmup_s=0.1, tell=lambda _rate, _in_flight, second: told.append(second))
    measured = load.measured
    assert sum(second.messages for second in told) == measured.messages_verified == 40
    assert [second.second for second in told] == [second.second for second in measured.timeline.slices]


def test_a_scope_that_is_not_there_costs_a_load_nothing() -> None:
    """Nobody listens: what was dropped is counted, and nothing is raised."""
    feed = Feed(("127.0.0.1", free_port()), "client", Journal().log)
    feed.start([])
    with bad_echo(lambda: slow(0)) as server:
        load = Load(server, rate=200, tell=telling(feed))
    feed.close()
    assert load.measured.messages_verified == 40
    assert load.outcome.is_good
