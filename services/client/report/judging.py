"""Whether the merged result is good: each threshold that was set, and the exit code."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.client.report.results.merging import Merged
from services.client.report.results.schema import LoadRun
from services.client.report.results.sums import errors, rates
from services.client.thresholds import EXIT_THRESHOLD_MISSED, WRONG_BYTES, Figures, Limit, Thresholds, missed


@dataclass(frozen=True)
class Judgement:
    """A threshold and what was found: `found` is None where no message came back, so that there is no latency."""

    limit: Limit
    allowed: float
    found: float | None
    is_met: bool


def judgements(merged: Merged, flags: Thresholds) -> list[Judgement]:
    """Return how the merged result stands to each threshold: those of the flags, else those the loads were given.

    It is the merged result that is judged, and not each replica: the slowest of four has a quarter of the messages.
    """
    if not merged.load_runs:
        return []
    asked, figures = thresholds(merged.load_runs, flags), figures_of(merged)
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

    Of what the loads were given the strictest counts; each was to reach a rate of its own, all of them the sum.
    """
    latencies, error_rates, rates_asked = (list(_given(runs, limit)) for limit in Limit)
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


def exit_code(merged: Merged, judged: Sequence[Judgement]) -> int:
    """Return 1 where a replica is missing or has failed, 99 where a threshold was missed, and 0 where all is good."""
    if merged.attendance.is_partial or any(run.measured_nothing for run in merged.load_runs):
        return 1
    if not all(one.is_met for one in judged):
        return EXIT_THRESHOLD_MISSED
    return 0 if _is_good(merged, judged) else 1


def _is_good(merged: Merged, judged: Sequence[Judgement]) -> bool:
    """Tell whether every byte came back; where an error rate is allowed, only wrong bytes are never good."""
    found = {*errors(merged.runs), *(kind for run in merged.load_runs for kind in run.warmup.errors)}
    wrong = any(run.mismatches for run in merged.runs)
    if any(one.limit is Limit.ERROR_RATE for one in judged):
        return not wrong and not WRONG_BYTES & found
    unsent = any(run.messages_due > run.messages_sent and run.interrupted is None for run in merged.load_runs)
    return not (found or wrong or unsent or any(run.sessions_failed for run in merged.runs))


def _given(runs: Sequence[LoadRun], limit: Limit) -> Iterator[float]:
    for run in runs:
        value = run.settings.get(limit.value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            yield float(value)
