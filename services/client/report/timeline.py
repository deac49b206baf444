"""The merged timeline as points to draw: no more than fit, each merged from whole seconds."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from services.client.report.results.merging import Merged, rebin
from services.client.report.results.schema import Second

# With fewer messages a step's rate is a matter of chance, so slow loads have longer steps.
_LEAST_MESSAGES = 5


class Point(NamedTuple):
    """What was measured in `width_s` seconds, `after_s` seconds after the first point.

    `rate` is over the part of these seconds in which the runs measured; None where that was less than half, as the
    rate would be a matter of chance. `samples` counts the latencies: messages verified, and those that were due and did
    not come back.
    """

    second: int
    after_s: int
    width_s: int
    messages: int
    errors: int
    rate: float | None
    samples: int
    p50_us: int
    p99_us: int
    max_us: int


def points(merged: Merged, most: int) -> list[Point]:
    """Return at most about `most` points; a time in which nothing was measured has none."""
    timeline = merged.timeline
    if not timeline:
        return []
    width_s = _width_s(timeline, most)
    if width_s > timeline[0].width_s:
        timeline = rebin(timeline, width_s)
    window = (
        min(run.started_at for run in merged.runs).timestamp(),
        max(run.ended_at for run in merged.runs).timestamp(),
    )
    return [
        Point(
            second=one.second,
            after_s=one.second - timeline[0].second,
            width_s=width_s,
            messages=one.messages,
            errors=one.errors,
            rate=_rate(one, window),
            samples=one.latency_us.count,
            p50_us=one.latency_us.p50,
            p99_us=one.latency_us.p99,
            max_us=one.latency_us.max,
        )
        for one in timeline
    ]


def _width_s(timeline: Sequence[Second], most: int) -> int:
    """Return how long a step is: of whole parts of the timeline, few enough, and long enough for a slow rate."""
    part_s = timeline[0].width_s
    span_s = timeline[-1].second - timeline[0].second + part_s
    messages = sum(one.messages for one in timeline)
    for_rate_s = _LEAST_MESSAGES * span_s / messages if messages else 0
    wanted_s = max(span_s / most, min(for_rate_s, span_s / 2))
    return math.ceil(wanted_s / part_s) * part_s


def _rate(one: Second, window: tuple[float, float]) -> float | None:
    # The window's ends are seldom at whole seconds, and an echo may be back just after it.
    measured_s = min(one.second + one.width_s, window[1]) - max(one.second, window[0])
    return one.messages / measured_s if measured_s >= one.width_s / 2 else None
