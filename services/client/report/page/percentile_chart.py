"""The percentile curve: durations over percentiles, both on logarithmic axes."""

import math
from collections.abc import Iterator, Mapping, Sequence

from services.client.report.page.svg import (
    NARROW,
    WIDE,
    Frame,
    Line,
    Scale,
    dot,
    line,
    log_bounds,
    log_ticks,
    path,
    svg,
    text,
)
from services.client.report.page.svg import box as rectangle
from services.client.report.shape import steps
from services.client.report.units import duration
from shared.load.histogram import Durations

_HEIGHT, _TOP, _BOTTOM = 360, 16, 306

# Room to the right of the curves for their maxima, where no curve can cross the text.
_LABEL_WIDTH = {WIDE: 84, NARROW: 58}

# How near two words may come: side by side, and one below the other.
_APART_X, _APART_Y = 42, 16

# Percentiles by their nines: 1 / (1 - p) grows tenfold with each nine, so they are equally far apart.
_TICKS = {0: 0.0, 50: math.log10(2), 90: 1.0, 99: 2.0, 99.9: 3.0, 99.99: 4.0, 99.999: 5.0, 99.9999: 6.0}

# Steps closer than this, in pixels, look the same.
_FINEST = 0.4

_ENOUGH = 10


def percentile_chart(curves: Mapping[str, tuple[str, Durations]], frame: Frame = WIDE) -> str:
    """Return the picture of the curves, by class: a name and durations, of which there must be some in the first."""
    shown = {kind: durations for kind, (_, durations) in curves.items() if durations.count}
    most = max(one.count for one in shown.values())
    low, high = min(one.min_us for one in shown.values()), max(one.max_us for one in shown.values())
    # The axis goes as far as the samples: the last of n is percentile 1 - 1/n. It reaches a little beyond p99 at least.
    x = Scale(0, max(math.log10(most), 2) + 0.15, frame.left, frame.right - _LABEL_WIDTH[frame])
    y = Scale(*log_bounds(low, high), _BOTTOM, _TOP, is_log=True)
    parts = [*_axes(x, y, frame), *_mark_few_samples(x, most)]
    for kind, durations in shown.items():
        curve = _curve(durations, x, y)
        parts += [path(curve, f"curve {kind}"), dot(*curve[-1], 3.5, f"dot {kind}")]
    parts += _maxima([one.max_us for one in shown.values()], x, y, frame)
    said = "; ".join(f"{name}: {_say(one)}" for name, one in curves.values() if one.count)
    return svg(frame.width, _HEIGHT, f"durations by percentile, {said}", parts, frame.kind)


def _say(durations: Durations) -> str:
    summary = durations.summary()
    return ", ".join(f"{name} {duration(summary[name])}" for name in ("min", "p50", "p90", "p99", "p99.9", "max"))


def _maxima(values_us: Sequence[int], x: Scale, y: Scale, frame: Frame) -> Iterator[str]:
    """Write how far each curve goes, once where it is the same; the greater above the less."""
    labels = {duration(value): y(value) + 4 for value in sorted(values_us)}
    lowest = math.inf
    for label, height in labels.items():
        lowest = min(height, lowest - _APART_Y)
        yield text(x.end + 8, lowest, label if frame.is_narrow else f"max {label}", "strong")


def _axes(x: Scale, y: Scale, frame: Frame) -> Iterator[str]:
    for tick in log_ticks(y.low, y.high, 10):
        yield line(x.start, y(tick), x.end, y(tick), "grid")
        yield text(x.start - 8, y(tick) + 4, duration(tick), "end quiet")
    written = -math.inf
    for percentile, place in _TICKS.items():
        if place <= x.high:
            yield line(x(place), _TOP, x(place), _BOTTOM, "grid")
            if x(place) - written >= _APART_X:
                yield text(x(place), _BOTTOM + 19, f"{percentile:g} %", "middle quiet")
                written = x(place)
    yield line(x.start, _BOTTOM, x.end, _BOTTOM, "axis")
    of = "" if frame.is_narrow else " of the messages"
    scale = f"percentile{of}, on a scale of 1 / (1 \N{MINUS SIGN} p)"
    yield text((x.start + x.end) / 2, _BOTTOM + 42, scale, "middle quiet")


def _mark_few_samples(x: Scale, count: int) -> Iterator[str]:
    """Mark the part of the curve that rests on few samples."""
    start = x(math.log10(max(count / _ENOUGH, 1)))
    yield rectangle(start, _TOP, x.end - start, _BOTTOM - _TOP, "few")
    yield text(x.end - 6, _BOTTOM - 10, f"fewer than {_ENOUGH} samples", "end quiet small")


def _curve(durations: Durations, x: Scale, y: Scale) -> Line:
    found: list[tuple[float, float]] = []
    left = x(0)
    for step in steps(durations):
        slower = durations.count - step.before - step.times
        right = x(math.log10(durations.count / slower)) if slower else x.end
        height = y(step.value_us)
        is_new = not found or abs(right - found[-1][0]) >= _FINEST or abs(height - found[-1][1]) >= _FINEST
        if is_new or not slower:
            found += [(left, height), (right, height)]
            left = right
    return found
