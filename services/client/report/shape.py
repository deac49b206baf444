"""The shape of a distribution, read off its histogram: steps of the percentile curve, and bins on a log scale."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from services.client.histogram import Durations

# Preferred numbers for the bounds of bins in each decade (IEC 60063's E24 and E12, then coarser ones).
_E24 = (
    1.0,
    1.1,
    1.2,
    1.3,
    1.5,
    1.6,
    1.8,
    2.0,
    2.2,
    2.4,
    2.7,
    3.0,
    3.3,
    3.6,
    3.9,
    4.3,
    4.7,
    5.1,
    5.6,
    6.2,
    6.8,
    7.5,
    8.2,
    9.1,
)
_SERIES: tuple[tuple[float, ...], ...] = (_E24, _E24[::2], (1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 5.0), (1.0,))


class Step(NamedTuple):
    """A duration that was seen so many `times`, after `before` shorter ones."""

    value_us: int
    times: int
    before: int


class Bin(NamedTuple):
    """How many `times` a duration was from `low_us` to below `high_us`."""

    low_us: float
    high_us: float
    times: int


def steps(durations: Durations) -> Iterator[Step]:
    """Give the buckets in use, ascending, each as its greatest duration, as percentiles are; none is above the max."""
    histogram, before = durations.histogram, 0
    for index, times in enumerate(histogram.counts):
        if times:
            value_us = histogram.get_highest_equivalent_value(histogram.get_value_from_index(index))
            # What lasted more than an hour is in the bucket of an hour: only its maximum is known.
            is_last = before + times == durations.count
            yield Step(durations.max_us if is_last else max(value_us, durations.min_us), times, before)
            before += times


def bins(durations: Durations, most: int) -> list[Bin]:
    """Return all durations in at most about `most` bins of equal width on a logarithmic scale, empty ones included."""
    if not durations.count:
        return []
    first, last = max(durations.min_us, 1), max(durations.max_us, 1)
    for series in _SERIES:
        bounds = _bounds(series, first, last)
        if len(bounds) - 1 <= most:
            break
    found = [0] * (len(bounds) - 1)
    at = 0
    for step in steps(durations):
        while step.value_us >= bounds[at + 1]:
            at += 1
        found[at] += step.times
    return [Bin(low, high, times) for (low, high), times in zip(pairwise(bounds), found, strict=True)]


def _bounds(series: Sequence[float], first: int, last: int) -> list[float]:
    """Return the bounds from the greatest that is not above `first` to the least that is above `last`."""
    decades = range(len(str(first)) - 1, len(str(last)) + 1)
    every = [step * 10**decade for decade in decades for step in series]
    start = max(index for index, bound in enumerate(every) if bound <= first)
    end = min(index for index, bound in enumerate(every) if bound > last)
    return every[start : end + 1]
