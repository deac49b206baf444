"""Histograms out of results, added up; what contradicts its own summary is refused."""

from collections.abc import Iterable

from services.client.report.results.checking import Unfit
from services.client.report.results.schema import Summary
from shared.load.histogram import HIGHEST_US, Durations

# hdrhistogram can write a bucket of 2**62 but reads it back as empty, so the merged result could not be merged again.
_MOST_SAMPLES = 2**61


def sum_of(parts: Iterable[tuple[str, str, Summary]]) -> Durations:
    """Return the sum of the histograms, each given as its place in the input, base64 and summary. Raises Unfit."""
    total = Durations()
    for where, histogram, summary in parts:
        try:
            one = Durations.decode(histogram, summary.model_dump())
        except ValueError as error:
            raise Unfit(f"{where}: {error}") from None
        _expect_extremes(where, one)
        total.add(one)
        if total.count > _MOST_SAMPLES:
            raise Unfit(f"{where}: with it there would be more than {_MOST_SAMPLES} samples")
    return total


def _expect_extremes(where: str, one: Durations) -> None:
    """Refuse a least or greatest duration that is not in the first or last bucket: the curve would leave its axes."""
    if one.count:
        buckets = one.histogram.get_min_value(), one.histogram.get_max_value()
        least, greatest = min(one.min_us, HIGHEST_US), min(one.max_us, HIGHEST_US)
        first = one.histogram.get_lowest_equivalent_value(least)
        last = one.histogram.get_highest_equivalent_value(greatest)
        if (first, last) != buckets:
            raise Unfit(
                f"{where}: from {one.min_us} to {one.max_us} us, its histogram from {buckets[0]} to {buckets[1]}"
            )
