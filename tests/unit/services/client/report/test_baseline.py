"""A load beside an earlier one."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.client.report.baseline import Change, Comparison, Differing, Figure, compare
from services.client.report.judging import judge
from services.client.report.results.checking import Unfit
from services.client.thresholds import Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import at, climb, load, session


def run(values_us: Sequence[int], each: int = 20, **changes: Any) -> dict[str, Any]:
    """Return a load that measured this latency in each of its seconds, so many times."""
    samples = [(second, value) for second, value in enumerate(values_us) for _ in range(each)]
    return load(samples, **({"ended_at": at(len(values_us))} | changes))


def compared(before: dict[str, Any], now: dict[str, Any]) -> Comparison:
    """Return the one against the other."""
    pair = [(one, judge(one, Thresholds(max_p99_us=100))) for one in (merged(before), merged(now))]
    return compare(pair[0], pair[1])


def change(figure: Figure, before: dict[str, Any], now: dict[str, Any]) -> Change:
    """Return the change of one figure."""
    return next(one for one in compared(before, now).changes if one.figure is figure)


STEADY = run([100, 110] * 5)


def test_a_change_beyond_what_a_run_varies_by_is_told_from_one_within() -> None:
    """Twice the standard deviation of its seconds: 10 of values that are 5 from their mean."""
    found = change(Figure.MEAN, STEADY, run([110, 120] * 5))
    assert (found.before, found.now, found.by, found.spread) == (105, 115, 10, 10)
    assert found.is_beyond is False
    assert change(Figure.MEAN, STEADY, run([111, 121] * 5)).is_beyond is True
    assert change(Figure.MEAN, run([111, 121] * 5), STEADY).is_beyond is True


def test_the_run_that_varies_more_counts() -> None:
    """Whichever of the two it is."""
    wild = run([100, 300] * 5)
    assert [change(Figure.P50, *pair).spread for pair in ((STEADY, wild), (wild, STEADY))] == [200, 200]


def test_more_is_better_of_rates_alone() -> None:
    """A latency, or an error rate, is better when it is less."""
    better = {one.figure for one in compared(STEADY, run([50] * 10, rate_achieved=120.0)).changes if one.is_better}
    assert better == set(Figure) - {Figure.HIGHEST, Figure.ERROR_RATE}
    assert not change(Figure.RATE, STEADY, STEADY).is_better


def test_what_is_cut_at_the_ends_of_a_run_does_not_count() -> None:
    """A second of which half was measured has half the rate."""
    cut = run([100] * 8, started_at=at(0.5), ended_at=at(7.5))
    assert change(Figure.RATE, cut, cut).spread == 0


def test_a_percentile_is_judged_by_parts_with_enough_samples() -> None:
    """The p90 of 20 messages is a matter of chance: five of such seconds are one part."""
    assert change(Figure.P90, STEADY, STEADY).spread is None
    long = run([100, 110] * 20)
    assert change(Figure.P90, long, long).spread == 0
    assert change(Figure.P99, long, long).is_beyond is None


def test_of_too_few_parts_it_cannot_be_told() -> None:
    """Nor of a load that climbs, where every step is another load."""
    assert change(Figure.MEAN, run([100] * 4), run([100] * 4)).spread is None
    assert change(Figure.MEAN, run([100] * 5), run([100] * 5)).spread == 0
    steps = climb("a", *[10] * 9)
    assert change(Figure.MEAN, steps, steps).spread is None


def test_climbs_are_compared_by_their_highest_good_rate() -> None:
    """None where no step was good enough."""
    found = change(Figure.HIGHEST, climb("a", 10, 20, 5_000), climb("a", 5_000, 5_000))
    assert (found.before, found.now, found.by) == (200, None, None)
    assert Figure.HIGHEST not in {one.figure for one in compared(STEADY, STEADY).changes}


def test_what_was_not_measured_has_not_changed() -> None:
    """There is no latency of nothing."""
    found = change(Figure.P99, load(()), STEADY)
    assert (found.before, found.by, found.is_beyond) == (None, None, None)


def test_a_run_that_never_came_to_measure_has_no_rate_and_may_have_errors() -> None:
    """Nobody listened: every connection has failed, and how fast messages come back is not known."""
    (rate, error_rate, *_) = compared(STEADY, run([]) | {"ended_at": at(0), "errors": {"refused": 10}}).changes
    assert (rate.figure, rate.now) == (Figure.RATE, None)
    assert (error_rate.figure, error_rate.now) == (Figure.ERROR_RATE, 1)


def test_settings_that_differ_are_told() -> None:
    """Or else two loads are compared that are not the same; what one client did not have as a setting says nothing."""
    other = run([100])
    other["settings"] |= {"rate": 200.0, "out": "there", "steps": 5}
    assert compared(STEADY, other).settings == [Differing("rate", 100.0, 200.0)]
    assert compared(STEADY, STEADY).settings == []


def test_a_server_that_was_run_differently_is_told() -> None:
    """Where both loads know it: an older client did not ask."""
    watched, not_watched = ({"server": {"log_level": "info", "watched": value}} for value in (True, False))
    assert compared(STEADY | watched, STEADY | not_watched).settings == [Differing("server.watched", True, False)]
    assert compared(STEADY, STEADY | watched).settings == []


@pytest.mark.parametrize("pair", [(session(), STEADY), (STEADY, session())], ids=["before", "now"])
def test_sessions_are_refused(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """They measure no latency."""
    with pytest.raises(Unfit, match="--baseline compares loads"):
        compared(*pair)


def test_a_part_that_the_run_does_not_fill_is_left_out() -> None:
    """What came back after the end does not count, nor does a part of several seconds that was cut."""
    late = run([100] * 7, ended_at=at(6))
    late["timeline"][6] |= {"messages": 1}
    assert change(Figure.RATE, late, late).spread == 0
    odd = run([100] * 33, each=5)
    assert change(Figure.RATE, odd, odd).spread == 0
