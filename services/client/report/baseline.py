"""A load beside an earlier one: how each figure has changed, and whether by more than it varies within a run."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import pstdev
from typing import NamedTuple

from services.client.report.judging import Judged, figures_of
from services.client.report.results.checking import Unfit
from services.client.report.results.merging import Merged, rebin
from services.client.report.results.schema import Second
from services.client.report.results.sums import OF_THE_RUN, in_common, server_of

# With fewer parts of a run than this, how much a figure varies cannot be told.
_LEAST_PARTS = 5

# About 19 of 20 values are within so many standard deviations, if they are normally distributed.
_DEVIATIONS = 2


class Figure(StrEnum):
    """What is compared."""

    RATE = "rate_achieved"
    HIGHEST = "highest_rate_met"
    ERROR_RATE = "error_rate"
    MEAN = "mean"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    P999 = "p99.9"
    MAX = "max"


# In each part of a run a percentile needs ten samples beyond it, which the highest percentiles never have.
_LEAST_SAMPLES = {
    Figure.RATE: 10,
    Figure.MEAN: 10,
    Figure.P50: 20,
    Figure.P90: 100,
    Figure.P95: 200,
    Figure.P99: 1000,
}

_MORE_IS_BETTER = {Figure.RATE, Figure.HIGHEST}


@dataclass(frozen=True)
class Change:
    """A figure before and now, and how much it varies within a run; None where it was not measured or is unknown."""

    figure: Figure
    before: float | None
    now: float | None
    spread: float | None

    @property
    def by(self) -> float | None:
        """The change."""
        return None if self.before is None or self.now is None else self.now - self.before

    @property
    def is_beyond(self) -> bool | None:
        """Whether the change is more than the figure varies within a run."""
        return None if self.by is None or self.spread is None else abs(self.by) > self.spread

    @property
    def is_better(self) -> bool:
        """Whether the change is for the better, if it is one."""
        by = self.by or 0.0
        return by > 0 if self.figure in _MORE_IS_BETTER else by < 0


class Differing(NamedTuple):
    """A setting in which the two loads differ; None where the replicas of one load already differ in it."""

    name: str
    before: object
    now: object


@dataclass(frozen=True)
class Comparison:
    """A load against an earlier one."""

    before: Merged
    changes: Sequence[Change]
    settings: Sequence[Differing]


def compare(before: tuple[Merged, Judged], now: tuple[Merged, Judged]) -> Comparison:
    """Compare the load now with the one before; raise Unfit where one of them is not a load."""
    if not (before[0].load_runs and now[0].load_runs):
        raise Unfit("--baseline compares loads: a session measures no latency")
    figures = [_figures(*before), _figures(*now)]
    changes = [
        Change(figure, figures[0][figure], figures[1][figure], _spread(before[0], now[0], figure))
        for figure in Figure
        if figure is not Figure.HIGHEST or before[1].steps or now[1].steps
    ]
    return Comparison(before[0], changes, list(_differing(before[0], now[0])))


def _figures(merged: Merged, judged: Judged) -> dict[Figure, float | None]:
    found, latency = figures_of(merged), merged.durations["latency_us"].summary()
    highest = judged.highest
    known: dict[Figure, float | None] = {
        Figure.RATE: found.rate if merged.has_measured else None,
        Figure.HIGHEST: None if highest is None else highest.step.rate_requested,
        Figure.ERROR_RATE: found.error_rate if found.failed or found.verified else None,
    }
    return {figure: known[figure] if figure in known else _latency(latency, figure) for figure in Figure}


def _latency(summary: dict[str, float], figure: Figure) -> float | None:
    return summary[figure.value] if summary["count"] else None


def _spread(before: Merged, now: Merged, figure: Figure) -> float | None:
    """Return how much a figure varies between the parts of a run: the greater value of the two runs."""
    least = _LEAST_SAMPLES.get(figure)
    # In a load with rising rates everything changes from step to step, which says nothing about chance.
    if least is None or before.steps or now.steps:
        return None
    found = [_deviation(merged, figure, least) for merged in (before, now)]
    known = [one for one in found if one is not None]
    return max(known) * _DEVIATIONS if len(known) == len(found) else None


def _deviation(merged: Merged, figure: Figure, least_samples: int) -> float | None:
    parts = _parts(merged, least_samples)
    value: Callable[[Second], float] = (
        (lambda part: part.messages / part.width_s)
        if figure is Figure.RATE
        else lambda part: part.latency_us.model_dump(by_alias=True)[figure.value]
    )
    return pstdev(map(value, parts)) if len(parts) >= _LEAST_PARTS else None


def _parts(merged: Merged, least_samples: int) -> list[Second]:
    """Return the parts of the run, each long enough for so many samples, without incomplete parts at its two ends."""
    start = max(run.started_at for run in merged.runs).timestamp()
    end = min(run.ended_at for run in merged.runs).timestamp()
    seconds = [one for one in merged.timeline if start <= one.second and one.second + one.width_s <= end]
    samples = sum(one.latency_us.count for one in seconds)
    if not samples:
        return []
    width_s = seconds[0].width_s * math.ceil(least_samples * len(seconds) / samples)
    if width_s == seconds[0].width_s:
        return seconds
    first, last = seconds[0].second, seconds[-1].second + seconds[-1].width_s
    return [one for one in rebin(seconds, width_s) if first <= one.second and one.second + width_s <= last]


def _differing(before: Merged, now: Merged) -> Iterator[Differing]:
    old, new = (in_common([run.settings for run in merged.runs]) for merged in (before, now))
    # A setting that the client of one of the two did not have says nothing.
    known = [{name for run in merged.runs for name in run.settings} for merged in (before, now)]
    for name in sorted(set.intersection(*known) - OF_THE_RUN):
        if old.get(name) != new.get(name):
            yield Differing(name, old.get(name), new.get(name))
    old, new = (server_of(merged.load_runs) for merged in (before, now))
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield Differing(f"server.{name}", old[name], new[name])
