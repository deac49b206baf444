"""The percentile curve: durations over percentiles, both on logarithmic axes."""

import math
from collections.abc import Iterator, Mapping

from services.client.histogram import Durations
from services.client.report.page.svg import Line, Scale, dot, line, log_bounds, log_ticks, path, svg, text
from services.client.report.page.svg import box as rectangle
from services.client.report.shape import steps
from services.client.report.units import duration

_WIDTH, _HEIGHT = 880, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 864, 16, 306

# What the nines of a percentile are: 1 / (1 - p) grows tenfold with each, so that they stand equally far apart.
_TICKS = {0: 0.0, 50: math.log10(2), 90: 1.0, 99: 2.0, 99.9: 3.0, 99.99: 4.0, 99.999: 5.0, 99.9999: 6.0}

# Steps closer than this, in pixels, look the same.
_FINEST = 0.4

_ENOUGH = 10


def percentile_chart(curves: Mapping[str, tuple[str, Durations]]) -> str:
    """Return the picture of the curves, by class: a name and durations, of which there must be some in the first."""
    shown = {kind: durations for kind, (_, durations) in curves.items() if durations.count}
    most = max(one.count for one in shown.values())
    low, high = min(one.min_us for one in shown.values()), max(one.max_us for one in shown.values())
    # As far as the samples reach: the last of them is its own percentile. At least to p99, and a little beyond.
    x = Scale(0, max(math.log10(most), 2) + 0.15, _LEFT, _RIGHT)
    y = Scale(*log_bounds(low, high), _BOTTOM, _TOP, is_log=True)
    parts = [*_axes(x, y), *_thin_ice(x, most)]
    for kind, durations in shown.items():
        curve = _curve(durations, x, y)
        parts += [path(curve, f"curve {kind}"), dot(*curve[-1], 3.5, f"dot {kind}")]
    # Latency is never below the service time: its label goes above its line, the other's below, all inside the axes.
    places = list(zip(shown.values(), (-8, 18), strict=False))
    labels = {
        f"max {duration(one.max_us)}": min(max(y(one.max_us) + shift, 12), _BOTTOM - 8)
        for one, shift in reversed(places)
    }
    parts += [text(x.end - 8, height, label, "end strong") for label, height in labels.items()]
    names = " and ".join(name for name, _ in curves.values())
    return svg(_WIDTH, _HEIGHT, f"{names} by percentile, from {duration(low)} to {duration(high)}", parts)


def _axes(x: Scale, y: Scale) -> Iterator[str]:
    for tick in log_ticks(y.low, y.high, 10):
        yield line(_LEFT, y(tick), _RIGHT, y(tick), "grid")
        yield text(_LEFT - 8, y(tick) + 4, duration(tick), "end quiet")
    for percentile, place in _TICKS.items():
        if place <= x.high:
            yield line(x(place), _TOP, x(place), _BOTTOM, "grid")
            yield text(x(place), _BOTTOM + 19, f"{percentile:g} %", "middle quiet")
    yield line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, "axis")
    yield text(
        (_LEFT + _RIGHT) / 2,
        _BOTTOM + 42,
        "percentile of the messages, on a scale of 1 / (1 \N{MINUS SIGN} p)",
        "middle quiet",
    )


def _thin_ice(x: Scale, count: int) -> Iterator[str]:
    """Mark where the curve rests on a few samples."""
    start = x(math.log10(max(count / _ENOUGH, 1)))
    yield rectangle(start, _TOP, _RIGHT - start, _BOTTOM - _TOP, "few")
    yield text(_RIGHT - 6, _BOTTOM - 26, f"fewer than {_ENOUGH} samples", "end quiet small")


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
