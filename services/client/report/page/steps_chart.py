"""Latency against throughput, step by step: where the curve bends up, the server has enough."""

from collections.abc import Iterator, Sequence

from services.client.report.judging import Judged, JudgedStep
from services.client.report.labels import step_verdict
from services.client.report.page.svg import Scale, box, dot, line, linear_ticks, log_bounds, log_ticks, path, svg, text
from services.client.report.units import duration, rate

_WIDTH, _HEIGHT = 880, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 864, 34, 286
_FIGURES = ("max", "p99", "p50")


def steps_chart(judged: Judged) -> str:
    """Return the picture of the steps, one at least."""
    shown = [one for one in judged.steps if one.step.latency.count]
    summaries = [one.step.latency.summary() for one in shown]
    x = Scale(0, linear_ticks(max(one.step.rate_achieved for one in judged.steps), 9)[-1], _LEFT, _RIGHT)
    low, high = min((one["p50"] for one in summaries), default=1), max((one["max"] for one in summaries), default=1)
    y = Scale(*log_bounds(low, high), _BOTTOM, _TOP, is_log=True)
    parts = [*_axes(x, y), *_knee(judged, x), *_curves(shown, x, y), *(_hint(one, x) for one in shown)]
    said = "; ".join(_sentence(one) for one in judged.steps)
    return svg(_WIDTH, _HEIGHT, f"latency against throughput: {said}", parts)


def _axes(x: Scale, y: Scale) -> Iterator[str]:
    for tick in log_ticks(y.low, y.high, 8):
        yield line(_LEFT, y(tick), _RIGHT, y(tick), "grid")
        yield text(_LEFT - 8, y(tick) + 4, duration(tick), "end quiet")
    for tick in linear_ticks(x.high, 9):
        yield line(x(tick), _TOP, x(tick), _BOTTOM, "axis" if tick == 0 else "grid")
        yield text(x(tick), _BOTTOM + 19, rate(tick) if tick else "0", "middle quiet")
    yield line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, "axis")
    yield text((_LEFT + _RIGHT) / 2, _BOTTOM + 42, "messages verified per second", "middle quiet")
    for number, name in enumerate(_FIGURES):
        at = _RIGHT - 204 + 76 * number
        yield line(at, _TOP - 18, at + 18, _TOP - 18, f"curve {name}")
        yield text(at + 24, _TOP - 14, name, "quiet")


def _knee(judged: Judged, x: Scale) -> Iterator[str]:
    if judged.highest is not None:
        at = x(judged.highest.step.rate_achieved)
        yield line(at, _TOP, at, _BOTTOM, "requested")
        # Beside the line, on the side where there is room.
        is_left = at < (_LEFT + _RIGHT) / 2
        label = f"highest good rate: {rate(judged.highest.step.rate_requested)}"
        yield text(at + (6 if is_left else -6), _BOTTOM - 8, label, "strong" if is_left else "end strong")


def _curves(shown: Sequence[JudgedStep], x: Scale, y: Scale) -> Iterator[str]:
    # In the order of the steps: beyond the knee the throughput may fall, and the curve turn back.
    for name in _FIGURES:
        places = [(x(one.step.rate_achieved), y(one.step.latency.summary()[name])) for one in shown]
        yield path(places, f"curve {name}")
        for one, place in zip(shown, places, strict=True):
            yield dot(*place, 4, f"dot {name}" if one.is_met else f"hollow {name}")


def _hint(one: JudgedStep, x: Scale) -> str:
    at = x(one.step.rate_achieved)
    return box(at - 9, _TOP, 18, _BOTTOM - _TOP, "hint", _sentence(one))


def _sentence(one: JudgedStep) -> str:
    step, latency = one.step, one.step.latency.summary()
    figures = ", ".join(f"{name} {duration(latency[name])}" for name in ("p50", "p99", "max"))
    rates = f"{rate(step.rate_achieved)} of {rate(step.rate_requested)} msg/s"
    return f"{rates}: {figures if latency['count'] else 'no latency'}; {step_verdict(one)}"
