"""The shape of a distribution, read off its histogram: steps of the percentile curve, and bins on a log scale."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from shared.load.histogram import Durations

# Preferred numbers for the bounds of bins, in tenths of a decade's power (IEC 60063's E24 and E12, then coarser ones).
_E24 = (10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91)
_SERIES = (_E24, _E24[::2], (10, 15, 20, 30, 50, 70), (10, 20, 50), (10,))


class CurveStep(NamedTuple):
    """A duration that was seen so many `times`, after `before` shorter ones."""

    value_us: int
    times: int
    before: int


class Bin(NamedTuple):
    """How many `times` a duration was from `low_us` to below `high_us`."""

    low_us: float
    high_us: float
    times: int


def steps(durations: Durations) -> Iterator[CurveStep]:
    """Give the buckets in use, ascending, each as its greatest duration, as percentiles are; none is above the max."""
    histogram, before = durations.histogram, 0
    for index, times in enumerate(histogram.counts):
        if times:
            value_us = histogram.get_highest_equivalent_value(histogram.get_value_from_index(index))
            # What lasted more than an hour is in the bucket of an hour: only its maximum is known.
            is_last = before + times == durations.count
            yield CurveStep(durations.max_us if is_last else max(value_us, durations.min_us), times, before)
            before += times


def percentiles(durations: Durations, wanted: Sequence[float]) -> list[int | None]:
    """Return for each `p` the value that p percent do not exceed: the one of rank p / 100 x count, rounded up.

    None where there are no values.
    """
    found = list(steps(durations))
    up_to = [step.before + step.times for step in found]
    ranks = [math.ceil(Fraction(str(p)) * durations.count / 100) for p in wanted]
    return [found[bisect_left(up_to, rank)].value_us if found else None for rank in ranks]


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


def _bounds(series: Sequence[int], first: int, last: int) -> list[float]:
    """Return the bounds from the greatest that is not above `first` to the least that is above `last`."""
    decades = range(len(str(first)) - 1, len(str(last)) + 1)
    every = [step * 10**decade / 10 for decade in decades for step in series]
    start = max(index for index, bound in enumerate(every) if bound <= first)
    end = min(index for index, bound in enumerate(every) if bound > last)
    return every[start : end + 1]
