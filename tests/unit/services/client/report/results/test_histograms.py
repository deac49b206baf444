"""Histograms added up."""

import pytest

from services.client.report.results.checking import Unfit, checked
from services.client.report.results.histograms import sum_of
from services.client.report.results.schema import Summary
from tests.unit.services.client.report.harness.results import durations


def part(values_us: list[int], **changes: object) -> tuple[str, str, Summary]:
    """Return a histogram as results have it."""
    one = durations(values_us)
    return "here", one.encode(), checked(Summary, one.summary() | changes)


def test_the_sum_is_that_of_all_durations() -> None:
    """As if one client had recorded them."""
    assert sum_of([part([1, 2]), part([]), part([30_000])]).summary() == durations([1, 2, 30_000]).summary()


def test_a_summary_of_another_histogram_is_refused() -> None:
    """With where it stands, and what contradicts it."""
    with pytest.raises(Unfit, match="here: the histogram counts 2, its summary 3"):
        sum_of([part([5, 5], count=3, total=15)])
    with pytest.raises(Unfit, match="here: from 1 to 5 us, its histogram from 5 to 5"):
        sum_of([part([5, 5], min=1)])
