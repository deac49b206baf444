"""The steps of a load that goes from one rate to another, added up over its replicas."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.client.report.results.histograms import sum_of
from services.client.report.results.schema import LoadRun, Step
from services.client.report.results.sums import added
from shared.load.histogram import Durations


@dataclass(frozen=True)
class MergedStep:
    """What all replicas did at one of several rates; the rates are sums over the replicas."""

    started_at: datetime
    ended_at: datetime
    rate_requested: float
    rate_achieved: float
    messages_due: int
    messages_sent: int
    messages_verified: int
    messages_unsent: int
    messages_unanswered: int
    errors: Mapping[str, int]
    latency: Durations


def merged_steps(runs: Sequence[LoadRun]) -> list[MergedStep]:
    """Return the steps that all runs have reached, the first to the first; none where a run had no steps.

    A step that only some have reached, since they were interrupted, would show the rate of a part of the load.
    Raises Unfit where a histogram is not what it should be.
    """
    climbing = [run for run in runs if not run.measured_nothing]
    if not climbing:
        return []
    reached = min(len(run.steps) for run in climbing)
    return [_merged(number, climbing) for number in range(reached)]


def _merged(number: int, runs: Sequence[LoadRun]) -> MergedStep:
    parts = [run.steps[number] for run in runs]
    return MergedStep(
        started_at=min(part.started_at for part in parts),
        ended_at=max(part.ended_at for part in parts),
        # As for whole runs: `fsum` does not depend on the order.
        rate_requested=math.fsum(part.rate_requested for part in parts),
        rate_achieved=math.fsum(part.rate_achieved for part in parts),
        messages_due=_sum(parts, "messages_due"),
        messages_sent=_sum(parts, "messages_sent"),
        messages_verified=_sum(parts, "messages_verified"),
        messages_unsent=_sum(parts, "messages_unsent"),
        messages_unanswered=_sum(parts, "messages_unanswered"),
        errors=added(part.errors for part in parts),
        latency=sum_of((f"steps, number {number + 1}", part.histogram, part.latency_us) for part in parts),
    )


def _sum(parts: Sequence[Step], name: str) -> int:
    return sum(getattr(part, name) for part in parts)
