"""Latency against throughput, step by step: where the curve bends up, the server is saturated."""

from collections.abc import Iterator, Sequence

from services.client.report.judging import Judged, JudgedStep
from services.client.report.labels import step_verdict
from services.client.report.page.svg import (
    WIDE,
    Frame,
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
from services.client.report.units import duration, rate

_HEIGHT, _TOP, _BOTTOM = 390, 52, 304
# How far the last number below the axis reaches beyond the end of the axis.
_HALF_A_TICK = 16

_FIGURES = ("max", "p99", "p50")


def steps_chart(judged: Judged, frame: Frame = WIDE) -> str:
    """Return the picture of the steps, one at least."""
    shown = [one for one in judged.steps if one.step.latency.count]
    summaries = [one.step.latency.summary() for one in shown]
    ticks = linear_ticks(max(one.step.rate_achieved for one in judged.steps), frame.ticks)
    x = Scale(0, ticks[-1], frame.left, frame.right - _HALF_A_TICK)
    low, high = min((one["p50"] for one in summaries), default=1), max((one["max"] for one in summaries), default=1)
    y = Scale(*log_bounds(low, high), _BOTTOM, _TOP, is_log=True)
    parts = [
        *_axes(x, y, frame),
        *_knee(judged, x, frame),
        *_curves(shown, x, y),
        *(_hint(one, x, frame) for one in shown),
    ]
    said = "; ".join(_sentence(one) for one in judged.steps)
    height = _HEIGHT + 2 * frame.row
    return svg(frame.width, height, f"latency against throughput: {said}", parts, frame.kind, "group")


def _axes(x: Scale, y: Scale, frame: Frame) -> Iterator[str]:
    for tick in log_ticks(y.low, y.high, 8):
        yield line(x.start, y(tick), x.end, y(tick), "grid")
        yield text(frame.left - 8, y(tick) + 4, duration(tick), "end quiet")
    for tick in linear_ticks(x.high, frame.ticks):
        yield line(x(tick), _TOP, x(tick), _BOTTOM, "axis" if tick == 0 else "grid")
        yield text(x(tick), _BOTTOM + 19, rate(tick) if tick else "0", "middle quiet")
    yield line(x.start, _BOTTOM, x.end, _BOTTOM, "axis")
    yield text(frame.middle, _BOTTOM + 42, "messages verified per second", "middle quiet")
    for number, name in enumerate(_FIGURES):
        at = frame.right - 204 + 76 * number
        yield line(at, _TOP - 18, at + 18, _TOP - 18, f"curve {name}")
        yield text(at + 24, _TOP - 14, name, "quiet")


def _knee(judged: Judged, x: Scale, frame: Frame) -> Iterator[str]:
    if judged.highest is not None:
        at = x(judged.highest.step.rate_achieved)
        yield line(at, _TOP, at, _BOTTOM, "requested")
        # Above the axes, where no curve can cross it.
        height = _TOP - 18 - frame.row
        yield line(frame.left, height, frame.left + 18, height, "requested")
        label = f"highest good rate: {rate(judged.highest.step.rate_requested)} msg/s"
        yield text(frame.left + 24, height + 4, label, "strong")


def _curves(shown: Sequence[JudgedStep], x: Scale, y: Scale) -> Iterator[str]:
    # In the order of the steps: beyond the knee the throughput may fall, and the curve turn back.
    for name in _FIGURES:
        places = [(x(one.step.rate_achieved), y(one.step.latency.summary()[name])) for one in shown]
        yield path(places, f"curve {name}")
        for one, place in zip(shown, places, strict=True):
            yield dot(*place, 4, f"dot {name}" if one.is_met else f"hollow {name}")


def _hint(one: JudgedStep, x: Scale, frame: Frame) -> str:
    at = x(one.step.rate_achieved)
    area = box(at - 9, _TOP, 18, _BOTTOM - _TOP, "hint")
    return told(area, (frame.left, _BOTTOM + 66), frame.lines(_facts(one)))


def _sentence(one: JudgedStep) -> str:
    rates, *figures = _facts(one)
    return f"{rates}: {'; '.join(figures)}"


def _facts(one: JudgedStep) -> list[str]:
    step, latency = one.step, one.step.latency.summary()
    figures = ", ".join(f"{name} {duration(latency[name])}" for name in ("p50", "p99", "max"))
    rates = f"{rate(step.rate_achieved)} of {rate(step.rate_requested)} msg/s"
    return [rates, figures if latency["count"] else "no latency", step_verdict(one)]
