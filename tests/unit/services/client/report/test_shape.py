"""The shape of a distribution."""

import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.client.report.shape import bins, percentiles, steps
from shared.load.histogram import PERCENTILES, Durations
from tests.unit.services.client.report.harness.results import durations

VALUES_US = st.lists(st.integers(0, 33).flatmap(lambda n: st.integers(0, 2**n)), min_size=1, max_size=50)


@given(values_us=VALUES_US)
@example(values_us=[7_200_000_000, 1])
def test_steps_tell_of_each_sample_and_end_at_the_maximum(values_us: list[int]) -> None:
    """Ascending, each within 0.1 % of what it stands for, and none above the maximum."""
    found = list(steps(durations(values_us)))
    assert sum(step.times for step in found) == len(values_us)
    assert [step.before for step in found] == [sum(one.times for one in found[:n]) for n in range(len(found))]
    assert found[-1].value_us == max(values_us)
    reached = [step.value_us for step in found for _ in range(step.times)]
    assert reached == sorted(reached)
    for value_us, shown_us in zip(sorted(values_us), reached, strict=True):
        assert value_us <= shown_us <= value_us * 1.001 or value_us > 3_600_000_000


@given(values_us=VALUES_US, most=st.integers(12, 40))
@example(values_us=[999_990, 1_000_000], most=16)
def test_bins_hold_each_sample_once(values_us: list[int], most: int) -> None:
    """They follow each other without a gap, and none is empty at an end."""
    found = bins(durations(values_us), most)
    assert sum(one.times for one in found) == len(values_us)
    assert len(found) <= most
    assert all(one.high_us == other.low_us for one, other in itertools.pairwise(found))
    assert found[0].low_us <= max(min(values_us), 1)
    assert found[-1].times > 0


@settings(max_examples=30)
@given(values_us=st.lists(st.integers(0, 31).flatmap(lambda n: st.integers(0, 2**n)), min_size=1, max_size=50))
def test_percentiles_are_those_of_the_summary(values_us: list[int]) -> None:
    """Any other is found the same way: the value whose rank is the share of the count, rounded up."""
    found = durations(values_us)
    assert percentiles(found, PERCENTILES) == [found.summary()[f"p{p:g}"] for p in PERCENTILES]
    assert percentiles(found, [1e-9, 99.999999]) == [next(steps(found)).value_us, max(values_us)]


def test_bins_are_as_fine_as_there_is_room() -> None:
    """A narrow distribution shows its shape, a wide one its decades."""
    assert [one.low_us for one in bins(durations([100, 250]), 12)][:3] == [100, 110, 120]
    assert [one.low_us for one in bins(durations([1, 10**9]), 12)][:3] == [1, 10, 100]


def test_no_durations_have_no_shape() -> None:
    """And no error either."""
    assert (list(steps(Durations())), bins(Durations(), 16), percentiles(Durations(), [50])) == ([], [], [None])
