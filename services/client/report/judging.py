"""Whether the merged result is good: each threshold that was set, and the exit code."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.client.report.results.merging import Merged
from services.client.report.results.schema import LoadRun
from services.client.report.results.steps import MergedStep
from services.client.report.results.sums import errors, rates
from services.client.thresholds import (
    EXIT_THRESHOLD_MISSED,
    KEPT,
    WRONG_BYTES,
    Figures,
    Limit,
    Thresholds,
    is_step_met,
    missed,
)


@dataclass(frozen=True)
class Judgement:
    """A threshold and what was found: `found` is None where no message came back, so that there is no latency."""

    limit: Limit
    allowed: float
    found: float | None
    is_met: bool


@dataclass(frozen=True)
class JudgedStep:
    """A step: how many messages failed, which thresholds it missed, and whether all of it was good enough."""

    step: MergedStep
    failed: int
    is_rate_kept: bool
    missed: tuple[Limit, ...]
    is_met: bool


@dataclass(frozen=True)
class Judged:
    """The merged result against each threshold; for a load in steps its highest good step is what is judged."""

    thresholds: Sequence[Judgement] = ()
    steps: Sequence[JudgedStep] = ()

    @property
    def highest(self) -> JudgedStep | None:
        """The step of the highest rate that was good enough."""
        met = [one for one in self.steps if one.is_met]
        return max(met, key=lambda one: one.step.rate_requested) if met else None


def judge(merged: Merged, flags: Thresholds) -> Judged:
    """Judge by the thresholds of the flags, else by those that the loads were given.

    The merged result is judged, not each replica: the slowest of four has only a quarter of the messages. A load in
    steps is meant to reach a rate that is too high: its highest good step is judged, or the first if none is good.
    """
    if not merged.load_runs:
        return Judged()
    asked = thresholds(merged.load_runs, flags)
    steps = [_judged_step(step, asked) for step in merged.steps]
    figures = figures_of(merged)
    if steps:
        figures = _figures_of_step((Judged(steps=steps).highest or steps[0]).step)
    return Judged(_judgements(figures, asked), steps)


def _judged_step(step: MergedStep, asked: Thresholds) -> JudgedStep:
    figures = _figures_of_step(step)
    return JudgedStep(
        step,
        failed=figures.failed,
        is_rate_kept=figures.rate >= step.rate_requested * KEPT,
        missed=tuple(miss.limit for miss in missed(asked, figures)),
        is_met=is_step_met(asked, figures, step.rate_requested),
    )


def _judgements(figures: Figures, asked: Thresholds) -> list[Judgement]:
    found = {
        Limit.P99: float(figures.p99_us) if figures.verified else None,
        Limit.ERROR_RATE: figures.error_rate,
        Limit.RATE: figures.rate,
    }
    misses = {miss.limit for miss in missed(asked, figures)}
    limits = ((limit, getattr(asked, limit.value)) for limit in Limit)
    return [
        Judgement(limit, allowed, found[limit], limit not in misses) for limit, allowed in limits if allowed is not None
    ]


def thresholds(runs: Sequence[LoadRun], flags: Thresholds) -> Thresholds:
    """Return what is asked of all runs together.

    If the loads were given different thresholds, the strictest counts; the rate to reach is the sum of theirs.
    """
    latencies, error_rates, rates_asked = (list(_take_given(runs, limit)) for limit in Limit)
    return Thresholds(
        max_p99_us=min(latencies, default=None) if flags.max_p99_us is None else flags.max_p99_us,
        max_error_rate=min(error_rates, default=None) if flags.max_error_rate is None else flags.max_error_rate,
        min_rate=(math.fsum(rates_asked) or None) if flags.min_rate is None else flags.min_rate,
    )


def figures_of(merged: Merged) -> Figures:
    """Return what thresholds are judged by."""
    runs = merged.load_runs
    _, achieved = rates(runs)
    return Figures(
        due=sum(run.messages_due for run in runs),
        verified=sum(run.messages_verified for run in runs),
        errors=sum(errors(runs).values()),
        p99_us=merged.durations["latency_us"].summary()["p99"],
        rate=achieved,
    )


def _figures_of_step(step: MergedStep) -> Figures:
    return Figures(
        due=step.messages_due,
        verified=step.messages_verified,
        errors=sum(step.errors.values()),
        p99_us=step.latency.summary()["p99"],
        rate=step.rate_achieved,
    )


def exit_code(merged: Merged, judged: Judged) -> int:
    """Return 1 where a replica is missing or has failed, 99 where a threshold was missed, and 0 where all is good."""
    if merged.attendance.is_partial or any(run.measured_nothing for run in merged.load_runs):
        return 1
    if not all(one.is_met for one in judged.thresholds):
        return EXIT_THRESHOLD_MISSED
    return 0 if _is_good(merged, judged) else 1


def _is_good(merged: Merged, judged: Judged) -> bool:
    """Tell whether every byte came back; where an error rate is allowed, only wrong bytes always fail the run.

    The same holds for steps, of which one must be good enough, unless the load was interrupted before it.
    """
    found = {*errors(merged.runs), *(kind for run in merged.load_runs for kind in run.warmup.errors)}
    wrong = any(run.mismatches for run in merged.runs)
    if wrong or WRONG_BYTES & found:
        return False
    if judged.steps:
        return judged.highest is not None or any(run.interrupted for run in merged.load_runs)
    if any(one.limit is Limit.ERROR_RATE for one in judged.thresholds):
        return True
    unsent = any(run.messages_due > run.messages_sent and run.interrupted is None for run in merged.load_runs)
    return not (found or unsent or any(run.sessions_failed for run in merged.runs))


def _take_given(runs: Sequence[LoadRun], limit: Limit) -> Iterator[float]:
    for run in runs:
        value = run.settings.get(limit.value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            yield float(value)
