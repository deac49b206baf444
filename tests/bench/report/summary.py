"""From single measurements to what is told: the median, its range, and the ratio to the yardstick."""

import statistics
from dataclasses import dataclass

from tests.bench.report.results import Results
from tests.bench.workloads import Metric, Workload


@dataclass(frozen=True)
class Summary:
    """One figure of one peer over all rounds, and the yardstick's median of it."""

    median: float
    low: float
    high: float
    yardstick: float | None

    @property
    def ratio(self) -> float | None:
        """The ratio of the medians; None when the yardstick was not measured."""
        return self.median / self.yardstick if self.yardstick else None


def summarize(results: Results, workload: Workload, metric: Metric, peer: str) -> Summary:
    """Summarize one figure of one peer that was measured."""
    values = results.values(workload.name, peer, metric.key)
    measured_by = results.values(workload.name, workload.yardstick, metric.key)
    yardstick = statistics.median(measured_by) if measured_by else None
    return Summary(statistics.median(values), min(values), max(values), yardstick)
