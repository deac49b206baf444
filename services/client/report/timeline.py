"""The merged timeline as points to draw: no more than fit, each merged from whole seconds."""

from typing import NamedTuple

from services.client.report.results.merging import Merged, rebin
from services.client.report.results.schema import Second

# In less than a tenth of a second the rate is a matter of chance.
_LEAST_S = 0.1


class Point(NamedTuple):
    """What was measured in `width_s` seconds, `after_s` seconds after the first point.

    `rate` is over that part of it in which the runs measured; None where that was too short to tell.
    """

    second: int
    after_s: int
    width_s: int
    messages: int
    errors: int
    rate: float | None
    p50_us: int
    p99_us: int
    max_us: int


def points(merged: Merged, most: int) -> list[Point]:
    """Return at most about `most` points; a time in which nothing was measured has none."""
    timeline = merged.timeline
    if not timeline:
        return []
    span_s = timeline[-1].second - timeline[0].second + 1
    width_s = -(-span_s // most)
    if width_s > 1:
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
            rate=_rate(one, width_s, window),
            p50_us=one.latency_us.p50,
            p99_us=one.latency_us.p99,
            max_us=one.latency_us.max,
        )
        for one in timeline
    ]


def _rate(one: Second, width_s: int, window: tuple[float, float]) -> float | None:
    # The window's ends are seldom at whole seconds, and an echo may be back just after it.
    measured_s = min(one.second + width_s, window[1]) - max(one.second, window[0])
    return one.messages / measured_s if measured_s >= _LEAST_S else None
