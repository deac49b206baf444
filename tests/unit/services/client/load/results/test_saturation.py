"""When it is the client that cannot do more, and how much it does then."""

from services.client.load.results.saturation import Counts, Saturation
from tests.unit.harness.loads import Load
from tests.unit.harness.loops import running_loop

_TICK_NS = 50_000_000


def judged(*ticks: Counts) -> Saturation:
    """Return what comes of these counts, one tick after another."""
    saturation = Saturation()
    for number, counts in enumerate(ticks):
        saturation.tick(number * _TICK_NS, counts)
    return saturation


def test_time_in_which_most_messages_were_late_is_counted_with_what_was_sent() -> None:
    """The ticks before and after, in which the loop kept up, are not."""
    found = judged(Counts(0, 0, 0), Counts(100, 10, 100), Counts(300, 200, 180), Counts(400, 210, 400))
    assert (found.messages, found.time_us) == (80, 50_000)


def test_a_server_that_is_slow_does_not_saturate_the_client() -> None:
    """Messages are got to in time, and wait for a connection; nor does a tick count in which nothing was due."""
    found = judged(Counts(0, 0, 0), Counts(100, 50, 3), Counts(100, 50, 6))
    assert (found.messages, found.time_us) == (0, 0)


def test_two_of_them_add_up() -> None:
    """As steps of a run do."""
    one, other = Saturation(10, 1000), Saturation(20, 3000)
    one.merge(other)
    assert (one.messages, one.time_us) == (30, 4000)


def test_a_rate_beyond_any_client_tells_what_this_one_can_do() -> None:
    """No interpreter sends ten million messages a second: what it sent while it was late is in the recording."""
    with running_loop() as server:
        measured = Load(server.address, connections=16, rate=10_000_000, duration_s=0.3, timeout_s=0.5).measured
    assert 0 < measured.saturation.messages <= measured.messages_sent < measured.messages_due
    assert measured.saturation.time_us > 0
