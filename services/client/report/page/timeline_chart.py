"""The timeline: rate above, latencies below, over the same seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.client.report.page.svg import (
    WIDE,
    Frame,
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
    told,
)
from services.client.report.timeline import Point
from services.client.report.units import count, duration, rate

_RATE_HEIGHT, _LATENCY_HEIGHT = 136, 192
_ROOM_ABOVE, _ROOM_BELOW = 30, 84


@dataclass(frozen=True)
class _Rows:
    """Where the two charts stand, one below the other."""

    frame: Frame

    @property
    def rate_top(self) -> int:
        return _ROOM_ABOVE + self.frame.row

    @property
    def rate_bottom(self) -> int:
        return self.rate_top + _RATE_HEIGHT

    @property
    def latency_top(self) -> int:
        return self.rate_bottom + _ROOM_ABOVE + 18 + self.frame.row

    @property
    def latency_bottom(self) -> int:
        return self.latency_top + _LATENCY_HEIGHT

    @property
    def height(self) -> int:
        return self.latency_bottom + _ROOM_BELOW + self.frame.row


# Beyond so many points, dots on a line would touch.
_MOST_DOTS = 80


def timeline_chart(found: Sequence[Point], requested: float, frame: Frame = WIDE) -> str:
    """Return the picture of the points, one at least; `requested` is the rate to keep, or 0."""
    x = Scale(0, found[-1].after_s + found[-1].width_s, frame.left, frame.right)
    rows = _Rows(frame)
    parts = [
        *_seconds(x, datetime.fromtimestamp(found[0].second, UTC), rows),
        *_rates(found, x, requested, rows),
        *_latencies(found, x, rows),
        *(_hint(point, x, rows) for point in found),
    ]
    return svg(frame.width, rows.height, f"over {x.high:g} seconds: {_say(found)}", parts, frame.kind, "group")


def _say(found: Sequence[Point]) -> str:
    rates = [point.rate for point in found if point.rate is not None] or [0.0]
    said = f"{rate(min(rates))} to {rate(max(rates))} messages a second"
    if tails_us := [point.p99_us for point in found if point.samples]:
        said += f", p99 {duration(min(tails_us))} to {duration(max(tails_us))}"
    return f"{said}, {count(sum(point.errors for point in found))} errors"


def _seconds(x: Scale, start: datetime, rows: _Rows) -> Iterator[str]:
    for tick in linear_ticks(x.high, rows.frame.ticks):
        if tick <= x.high and tick == int(tick):
            for top, bottom in ((rows.rate_top, rows.rate_bottom), (rows.latency_top, rows.latency_bottom)):
                yield line(x(tick), top, x(tick), bottom, "grid")
            yield text(x(tick), rows.latency_bottom + 19, count(tick), "middle quiet")
    label = f"seconds since {start:%H:%M:%S} UTC, by the wall clock"
    yield text(rows.frame.middle, rows.latency_bottom + 42, label, "middle quiet")


def _rates(found: Sequence[Point], x: Scale, requested: float, rows: _Rows) -> Iterator[str]:
    ticks = linear_ticks(max([requested, *(point.rate or 0.0 for point in found)]), 5)
    y = Scale(0, ticks[-1], rows.rate_bottom, rows.rate_top)
    yield text(rows.frame.left, rows.rate_top - 14 - rows.frame.row, "messages verified per second", "strong")
    for tick in ticks:
        yield line(rows.frame.left, y(tick), rows.frame.right, y(tick), "axis" if tick == 0 else "grid")
        yield text(rows.frame.left - 8, y(tick) + 4, rate(tick) if tick else "0", "end quiet")
    outline = _outline(found, x, y)
    yield path([*outline, (outline[-1][0], y(0)), (outline[0][0], y(0))], "area latency")
    yield path(outline, "curve latency")
    if requested:
        yield line(rows.frame.left, y(requested), rows.frame.right, y(requested), "requested")
        yield text(rows.frame.right, rows.rate_top - 14, f"{rate(requested)} requested", "end quiet")
    failed = [point for point in found if point.errors]
    if failed:
        # In the second row of words, or in the middle of the only one.
        at = rows.frame.left if rows.frame.is_narrow else rows.frame.middle - 70
        yield box(at, rows.rate_top - 21, 12, 6, "error")
        yield text(at + 18, rows.rate_top - 14, "errors in that second", "quiet")
    for point in failed:
        width = max(x(point.after_s + point.width_s) - x(point.after_s), 3)
        yield box(x(point.after_s), rows.rate_bottom + 3, width, 6, "error")


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


def _latencies(found: Sequence[Point], x: Scale, rows: _Rows) -> Iterator[str]:
    measured = [point for point in found if point.samples] or list(found)
    low, high = min(point.p50_us for point in measured), max(point.max_us for point in measured)
    y = Scale(*log_bounds(low, high), rows.latency_bottom, rows.latency_top, is_log=True)
    yield text(
        rows.frame.left, rows.latency_top - 14 - rows.frame.row, "latency of what came back in that second", "strong"
    )
    for tick in log_ticks(y.low, y.high, 7):
        yield line(rows.frame.left, y(tick), rows.frame.right, y(tick), "grid")
        yield text(rows.frame.left - 8, y(tick) + 4, duration(tick), "end quiet")
    yield line(rows.frame.left, rows.latency_bottom, rows.frame.right, rows.latency_bottom, "axis")
    legend = rows.frame.right - 204
    for number, name in enumerate(("max", "p99", "p50")):
        for piece in _pieces(found):
            curve = [(x(point.after_s + point.width_s / 2), y(getattr(point, f"{name}_us"))) for point in piece]
            yield path(curve, f"curve {name}")
            if len(found) <= _MOST_DOTS:
                yield from (dot(*place, 2.5, f"dot {name}") for place in curve)
        yield line(
            legend + 76 * number,
            rows.latency_top - 18,
            legend + 76 * number + 18,
            rows.latency_top - 18,
            f"curve {name}",
        )
        yield text(legend + 76 * number + 24, rows.latency_top - 14, name, "quiet")


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


def _hint(point: Point, x: Scale, rows: _Rows) -> str:
    left, right = x(point.after_s), x(point.after_s + point.width_s)
    facts = [f"second {point.after_s}: {count(point.messages)} messages, {count(point.errors)} errors"]
    if point.samples:
        facts.append(f"p50 {duration(point.p50_us)}, p99 {duration(point.p99_us)}, max {duration(point.max_us)}")
    area = box(left, rows.rate_top, right - left, rows.latency_bottom - rows.rate_top, "hint")
    return told(area, (rows.frame.left, rows.latency_bottom + 66), rows.frame.lines(facts))
