"""The timeline: in bounded memory and on one clock, it has every sample that it was given."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.load.results.timeline import MAX_SLICES, Slice, Tally, Timeline, aligned, total
from shared.load.histogram import Durations

_NS = 10**9


def started() -> tuple[Timeline, int]:
    """Return a timeline, and the moment (CLOCK_MONOTONIC) at which its first second begins."""
    timeline, now_ns = Timeline(), time.monotonic_ns()
    timeline.start(now_ns)
    return timeline, timeline.second * _NS - timeline.wall_ns(0)


def filled(seconds: int) -> Timeline:
    """Return one of so many seconds, in each of which one message took as many us as seconds had passed."""
    timeline, _ = started()
    for second in range(seconds):
        timeline.add(1, second % 2, Counter({second: 1}), Counter({second: 1}))
    timeline.end()
    return timeline


def test_up_to_its_bound_every_second_is_a_slice() -> None:
    """What is short enough is told second by second."""
    slices = filled(MAX_SLICES).slices
    assert [one.width_s for one in slices] == [1] * MAX_SLICES
    assert [one.second - slices[0].second for one in slices] == list(range(MAX_SLICES))


@pytest.mark.parametrize("seconds", [MAX_SLICES + 1, 2 * MAX_SLICES, 3600, 86_400])
def test_a_longer_one_has_coarser_slices_and_every_sample(seconds: int) -> None:
    """An hour and a day fit as well: slices of one width, in order, that add up to the run."""
    timeline = filled(seconds)
    slices = timeline.slices
    width_s = slices[0].width_s
    assert {one.width_s for one in slices} == {width_s}
    assert all(one.second % width_s == 0 for one in slices)
    assert len(slices) <= MAX_SLICES
    starts = [one.second for one in slices]
    assert starts == list(range(starts[0], starts[-1] + 1, width_s))
    assert sum(one.messages for one in slices) == seconds
    assert sum(one.errors for one in slices) == seconds // 2
    whole = total(one.latency for one in slices)
    assert (whole.count, whole.total_us) == (seconds, sum(range(seconds)))
    assert (whole.min_us, whole.max_us) == (0, seconds - 1)


def test_a_slice_has_what_its_time_had() -> None:
    """Merging takes neighbours together, and nobody else."""
    slices = filled(1000).slices
    first_second = slices[0].second
    for one in slices[1:]:
        seen = sorted(one.latency.counts())
        assert seen[0] + first_second // 1 >= 0
        assert seen == list(range(seen[0], seen[-1] + 1))
        assert len(seen) <= one.width_s


def test_while_it_runs_it_is_never_longer_than_its_bound() -> None:
    """Room is made with each second, and not at the end."""
    timeline, _ = started()
    longest = 0
    for _ in range(5 * MAX_SLICES):
        timeline.add(1, 0, Counter({1: 1}), Counter())
        longest = max(longest, len(timeline.slices))
    assert longest <= MAX_SLICES


@given(st.lists(st.dictionaries(st.integers(0, 2**32), st.integers(1, 9), max_size=30), max_size=4))
def test_tallies_merge_exactly(parts: list[dict[int, int]]) -> None:
    """The histogram of the merged is that of all, with the exact total, least and greatest."""
    tally, durations = Tally(Counter()), Durations()
    for part in parts:
        tally.merge(Tally(Counter(part)))
        durations.record(part)
    merged = total([tally])
    assert merged.summary() == durations.summary()
    assert merged.encode() == durations.encode()


def test_a_tally_of_many_values_is_rounded_as_the_histogram_rounds() -> None:
    """Twenty thousand different durations take the room of a few thousand, and make the same histogram."""
    counts = Counter(range(1000, 1_001_000, 50))
    tally, durations = Tally(counts), Durations()
    durations.record(counts)
    assert len(tally.counts()) < 10_000
    merged = total([tally])
    assert merged.summary() == durations.summary()
    assert merged.encode() == durations.encode()


def test_slices_of_one_time_become_one() -> None:
    """Where one step ends and the next begins in the same second, the second is told once."""
    one, two, three = (Slice(second, 1, 1, 0, Tally(Counter({5: 1})), Tally(Counter())) for second in (7, 7, 8))
    assert [(part.second, part.messages) for part in aligned([one, two, three])] == [(7, 2), (8, 1)]


@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_a_wall_clock_that_is_set_moves_no_second(monkeypatch: pytest.MonkeyPatch, jump_s: int) -> None:
    """Seconds follow the monotonic clock; how far the other was moved is noted."""
    timeline, first_ns = started()
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + jump_s * _NS)
    assert not timeline.is_over(first_ns + _NS - 1)
    assert timeline.is_over(first_ns + _NS)
    timeline.add(0, 0, Counter(), Counter())
    assert not timeline.is_over(first_ns + 2 * _NS - 1)
    assert timeline.clock_moved_ns == pytest.approx(jump_s * _NS, abs=_NS)
