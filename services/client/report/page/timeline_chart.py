"""The timeline: rate above, latencies below, over the same seconds."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from services.client.report.page.svg import (
    Line,
    Scale,
    box,
    dot,
    line,
    linear_ticks,
    log_bounds,
    log_ticks,
    path,
    svg,
    text,
)
from services.client.report.timeline import Point
from services.client.report.units import count, duration, rate

_WIDTH, _HEIGHT = 880, 456
_LEFT, _RIGHT = 66, 864
_RATE_TOP, _RATE_BOTTOM = 30, 166
_LATENCY_TOP, _LATENCY_BOTTOM = 214, 406

# Beyond so many points, dots on a line would touch.
_MOST_DOTS = 80


def timeline_chart(found: Sequence[Point], requested: float) -> str:
    """Return the picture of the points, one at least; `requested` is the rate to keep, or 0."""
    x = Scale(0, found[-1].after_s + found[-1].width_s, _LEFT, _RIGHT)
    parts = [
        *_seconds(x, datetime.fromtimestamp(found[0].second, UTC)),
        *_rates(found, x, requested),
        *_latencies(found, x),
        *(_hint(point, x) for point in found),
    ]
    return svg(_WIDTH, _HEIGHT, f"rate and latency over {x.high:g} seconds", parts)


def _seconds(x: Scale, start: datetime) -> Iterator[str]:
    for tick in linear_ticks(x.high, 12):
        if tick <= x.high and tick == int(tick):
            for top, bottom in ((_RATE_TOP, _RATE_BOTTOM), (_LATENCY_TOP, _LATENCY_BOTTOM)):
                yield line(x(tick), top, x(tick), bottom, "grid")
            yield text(x(tick), _LATENCY_BOTTOM + 19, count(tick), "middle quiet")
    label = f"seconds since {start:%H:%M:%S} UTC, by the wall clock"
    yield text((_LEFT + _RIGHT) / 2, _LATENCY_BOTTOM + 42, label, "middle quiet")


def _rates(found: Sequence[Point], x: Scale, requested: float) -> Iterator[str]:
    ticks = linear_ticks(max([requested, *(point.rate or 0.0 for point in found)]), 5)
    y = Scale(0, ticks[-1], _RATE_BOTTOM, _RATE_TOP)
    yield text(_LEFT, _RATE_TOP - 14, "messages verified per second", "strong")
    for tick in ticks:
        yield line(_LEFT, y(tick), _RIGHT, y(tick), "axis" if tick == 0 else "grid")
        yield text(_LEFT - 8, y(tick) + 4, rate(tick) if tick else "0", "end quiet")
    outline = _outline(found, x, y)
    yield path([*outline, (outline[-1][0], y(0)), (outline[0][0], y(0))], "area latency")
    yield path(outline, "curve latency")
    if requested:
        yield line(_LEFT, y(requested), _RIGHT, y(requested), "requested")
        yield text(_RIGHT, _RATE_TOP - 14, f"{rate(requested)} requested", "end quiet")
    failed = [point for point in found if point.errors]
    if failed:
        yield box((_LEFT + _RIGHT) / 2 - 70, _RATE_TOP - 21, 12, 6, "error")
        yield text((_LEFT + _RIGHT) / 2 - 52, _RATE_TOP - 14, "errors in that second", "quiet")
    for point in failed:
        width = max(x(point.after_s + point.width_s) - x(point.after_s), 3)
        yield box(x(point.after_s), _RATE_BOTTOM + 3, width, 6, "error", f"{count(point.errors)} errors")


def _outline(found: Sequence[Point], x: Scale, y: Scale) -> Line:
    """Return the steps; where there is no point nothing came back, and a rate that is not known is left out."""
    line_: list[tuple[float, float]] = []
    for point in found:
        if point.rate is not None:
            left, right = x(point.after_s), x(point.after_s + point.width_s)
            if line_ and left - line_[-1][0] > 1e-6:  # noqa: PLR2004 -- rounding
                line_ += [(line_[-1][0], y(0)), (left, y(0))]
            line_ += [(left, y(point.rate)), (right, y(point.rate))]
    return line_ or [(x.start, y(0)), (x.end, y(0))]


def _latencies(found: Sequence[Point], x: Scale) -> Iterator[str]:
    measured = [point for point in found if point.samples] or list(found)
    low, high = min(point.p50_us for point in measured), max(point.max_us for point in measured)
    y = Scale(*log_bounds(low, high), _LATENCY_BOTTOM, _LATENCY_TOP, is_log=True)
    yield text(_LEFT, _LATENCY_TOP - 14, "latency of what came back in that second", "strong")
    for tick in log_ticks(y.low, y.high, 7):
        yield line(_LEFT, y(tick), _RIGHT, y(tick), "grid")
        yield text(_LEFT - 8, y(tick) + 4, duration(tick), "end quiet")
    yield line(_LEFT, _LATENCY_BOTTOM, _RIGHT, _LATENCY_BOTTOM, "axis")
    legend = _RIGHT - 204
    for number, name in enumerate(("max", "p99", "p50")):
        for piece in _pieces(found):
            curve = [(x(point.after_s + point.width_s / 2), y(getattr(point, f"{name}_us"))) for point in piece]
            yield path(curve, f"curve {name}")
            if len(found) <= _MOST_DOTS:
                yield from (dot(*place, 2.5, f"dot {name}") for place in curve)
        yield line(
            legend + 76 * number, _LATENCY_TOP - 18, legend + 76 * number + 18, _LATENCY_TOP - 18, f"curve {name}"
        )
        yield text(legend + 76 * number + 24, _LATENCY_TOP - 14, name, "quiet")


def _pieces(found: Sequence[Point]) -> Iterator[Sequence[Point]]:
    """Give the parts of the line: it does not bridge a time in which nothing came back."""
    piece: list[Point] = []
    for point in found:
        if piece and (not point.samples or point.after_s > piece[-1].after_s + piece[-1].width_s):
            yield piece
            piece = []
        if point.samples:
            piece.append(point)
    if piece:
        yield piece


def _hint(point: Point, x: Scale) -> str:
    left, right = x(point.after_s), x(point.after_s + point.width_s)
    facts = f"{count(point.messages)} messages; p50 {duration(point.p50_us)}, p99 {duration(point.p99_us)}"
    hint = f"second {point.after_s}: {facts}, max {duration(point.max_us)}; {count(point.errors)} errors"
    return box(left, _RATE_TOP, right - left, _LATENCY_BOTTOM - _RATE_TOP, "hint", hint)
