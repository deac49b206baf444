"""How far the clocks of vantage points are apart."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scope.model import Side
from services.scope.vantage.clocks import clock_of
from services.scope.vantage.crossings import Crossing, Sight
from services.scope.vantage.merge import merge
from services.scope.vantages import VantageClock, delay
from tests.unit.harness.growth import grows_linearly
from tests.unit.services.scope.harness.points.worlds import S_NS, US_NS, Fate, World
from tests.unit.services.scope.harness.wire import START_NS
from tests.unit.services.scope.vantage.test_matching import seen


def clock(world: World) -> VantageClock:
    """Return that of the client's point."""
    return world.merged().clocks[0]


def talking(world: World, rounds: int = 10, every_us: float = 1_000_000) -> World:
    """Let them talk for a while."""
    world.handshake()
    for number in range(rounds):
        world.say(every_us * (number + 1), 1 + 5 * number)
    return world


def test_equal_clocks_are_taken_for_equal() -> None:
    """Where they can be: the bounds are what a segment takes each way."""
    found = clock(talking(World([100])))
    assert (found.first.likely_ns, found.last.likely_ns, found.is_possible) == (0, 0, True)
    assert found.first.least_ns is not None
    assert -100 * US_NS <= found.first.least_ns <= 0


@pytest.mark.parametrize("ahead_s", [3, -5, 400_000_000])
def test_a_clock_that_is_seconds_ahead_is_found(ahead_s: int) -> None:
    """To within what a segment takes; or years, as without a battery."""
    found = clock(talking(World([100], ahead_ns=[ahead_s * S_NS, 0])))
    for offset in (found.first, found.last):
        assert offset.least_ns is not None
        assert offset.most_ns is not None
        assert offset.least_ns <= ahead_s * S_NS <= offset.most_ns
        assert abs(offset.likely_ns - ahead_s * S_NS) <= 100 * US_NS


@pytest.mark.parametrize("drift_ppm", [50, -50])
def test_a_clock_that_drifts_is_followed(drift_ppm: float) -> None:
    """By 500 us in ten seconds, which is more than a segment takes."""
    world = talking(World([100], ahead_ns=[S_NS, 0], drift_ppm=[drift_ppm, 0]))
    found = clock(world)
    assert found.is_possible
    assert abs(found.drift_ppb - drift_ppm * 1_000) < 20_000
    conversation = world.merged()
    took_ns = [(one.arrived_ns or 0) - (one.left_ns or 0) for one in conversation.segments]
    assert all(0 <= one <= 200 * US_NS for one in took_ns)


def test_a_clock_that_was_set_is_said_to_be() -> None:
    """No steady drift explains it, and no delay is told."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    for packets, step_ns in zip(world.packets, (S_NS, 0), strict=True):
        packets[3:] = [(t_ns + step_ns, data) for t_ns, data in packets[3:]]
    found = clock(world)
    assert not found.is_possible
    assert delay(found, 1, 2, from_client=True) is None


def test_one_direction_alone_bounds_one_side() -> None:
    """Then the least is assumed that it allows, and the points stand as they were given."""
    world = World([100], ahead_ns=[S_NS, 0])
    for number in range(3):
        world.send("client", 1_000 * number, "PSH ACK", 1 + 5 * number, 1, 5)
    (found,) = merge(world.views()).clocks
    assert (found.first.least_ns, found.first.most_ns) == (S_NS - 100 * US_NS, None)
    assert found.first.likely_ns == S_NS - 100 * US_NS


def test_the_clocks_of_three_points_are_all_told_against_the_servers() -> None:
    """Each from its neighbour's."""
    world = talking(World([30, 40], ahead_ns=[5 * S_NS, -7 * S_NS, 0]))
    found = world.merged().clocks
    assert [one.vantage for one in found] == ["laptop", "router"]
    for one, ahead_ns in zip(found, (5 * S_NS, -7 * S_NS), strict=True):
        assert abs(one.first.likely_ns - ahead_ns) <= 70 * US_NS


@settings(max_examples=20)
@given(
    st.integers(-10 * S_NS, 10 * S_NS),
    st.floats(-200, 200),
    st.integers(1, 5_000),
    st.lists(st.integers(0, 3_000), min_size=1, max_size=12),
)
def test_what_is_told_holds_the_truth(ahead_ns: int, drift_ppm: float, way_us: int, late_us: list[int]) -> None:
    """However clocks and delays are: each offset and each one-way delay lies within its bounds."""
    world = World([way_us], ahead_ns=[ahead_ns, 0], drift_ppm=[drift_ppm, 0])
    world.handshake()
    at_us = 1_000_000.0
    truths_us = [way_us] * 3
    for number, late in enumerate(late_us):
        world.send("client", at_us, "PSH ACK", 1 + 5 * number, 1, 5, fate=Fate(late_us=late))
        world.send("server", at_us + way_us + late + 10, "ACK", 1, 6 + 5 * number)
        truths_us += [way_us + late, way_us]
        at_us += 500_000
    found = world.merged()
    (one,) = found.clocks
    assert one.is_possible
    for segment, truth_us in zip(found.segments, truths_us, strict=True):
        assert segment.left_ns is not None
        assert segment.arrived_ns is not None
        t_ns = segment.t_ns - START_NS
        offset = one.at(segment.t_ns)
        assert offset.least_ns is not None
        assert offset.most_ns is not None
        assert offset.least_ns - 2 <= ahead_ns + t_ns * drift_ppm / 1e6 <= offset.most_ns + 2 + way_us * US_NS / 1_000
        told = delay(one, segment.left_ns, segment.arrived_ns, from_client=segment.sender == "client")
        assert told is not None
        assert told.least_ns - 10 <= truth_us * US_NS * (1 + abs(drift_ppm) / 1e6) + 2
        assert truth_us * US_NS * (1 - abs(drift_ppm) / 1e6) - 2 <= told.most_ns + 10


def test_a_packet_that_was_put_together_on_the_way_bounds_nothing_but_its_first() -> None:
    """It has the time at which its first segment came; the others left after that."""
    world = World([1])
    world.cut_at(1)
    world.handshake()
    world.send("server", 1_000, "PSH ACK", 1, 1, 8 * 1448)
    world.send("client", 1_020, "ACK", 1, 1 + 8 * 1448)
    found = clock(world)
    assert (found.is_possible, found.first.likely_ns) == (True, 0)


def test_what_may_be_another_packet_bounds_nothing() -> None:
    """Its header is that of others, of which one was lost."""

    def crossing(left_ns: int, arrived_ns: int, side: Side, *, is_sure: bool = True) -> Crossing:
        sights = {0: (left_ns, arrived_ns), 1: (arrived_ns, left_ns)}
        packet = seen(0, 1, 5)._replace(side=side)
        order = 0 if side == "client" else 1
        return Crossing(packet, 1, {at: Sight(pair[order], pair[order], 1, 5, is_sure) for at, pair in sights.items()})

    crossings = [
        crossing(0, 50, "client"),
        crossing(10, 60, "server"),
        crossing(90, 20, "client", is_sure=False),
    ]
    found = clock_of("laptop", 0, crossings, (0, 100))
    assert found.is_possible
    assert found.first.likely_ns == 0


def test_many_segments_with_the_same_delay_say_no_more_than_two() -> None:
    """What is assumed within the bounds depends on these, and not on how often they are found."""

    def middle(rounds: int) -> float:
        found = clock(talking(World([100], ahead_ns=[3 * S_NS, 0]), rounds, 1e7 / rounds))
        return found.first.likely_ns - 3 * S_NS

    assert abs(middle(10)) <= 2
    assert abs(middle(200)) <= 2


def test_clocks_are_compared_with_work_in_proportion_to_the_segments() -> None:
    """Also where all delays are the same, so that all bounds lie on two lines."""

    def make(rounds: int) -> Callable[[], object]:
        views = talking(World([100], ahead_ns=[3 * S_NS, 0]), rounds, 1e7 / rounds).views()
        return lambda: merge(views)

    assert grows_linearly(make, 50)
