"""The steps of a load as rows, each with its latency as a bar: where the bars grow, the server is saturated."""

import math

from rich.console import Group, RenderableType
from rich.text import Text

from services.client.report.judging import Judged, JudgedStep
from services.client.report.labels import highest_step, step_verdict
from services.client.report.text.charts import bar
from services.client.report.text.tables import Column, table
from services.client.report.units import count, duration, rate

_MOST_BAR, _LEAST_BAR = 24, 4

# What stands beside a bar.
_BESIDE_A_BAR = 66


def steps(judged: Judged, width: int) -> RenderableType | None:
    """Return a row for each step; None where there are none."""
    if not judged.steps:
        return None
    measured = [one.step.latency.summary()["p99"] for one in judged.steps if one.step.latency.count]
    # A little room below, so that the least one is seen as well.
    low = _log(min(measured, default=1)) - 0.1
    high = max(_log(max(measured, default=1)), low + 0.1)
    bar_width = max(_LEAST_BAR, min(_MOST_BAR, width - _BESIDE_A_BAR))
    columns = [
        Column("asked"),
        Column("msg/s"),
        Column("failed", goes=3),
        Column("p50", goes=2),
        Column("p99"),
        Column("max", goes=1),
        Column("", goes=4, justify="left"),
        Column("", justify="left"),
    ]
    rows = [_row(one, low, high, bar_width) for one in judged.steps]
    return Group(table(columns, rows, width), Text(highest_step(judged), style="dim"))


def _row(one: JudgedStep, low: float, high: float, bar_width: int) -> list[Text]:
    step, summary = one.step, one.step.latency.summary()
    drawn = bar((_log(summary["p99"]) - low) / (high - low), bar_width) if summary["count"] else ""
    durations = [duration(summary[name]) if summary["count"] else "-" for name in ("p50", "p99", "max")]
    return [
        Text(rate(step.rate_requested)),
        Text(rate(step.rate_achieved)),
        Text(count(one.failed)),
        *map(Text, durations),
        Text(drawn, "cyan" if one.is_met else "red"),
        Text(step_verdict(one), "green" if one.is_met else "bold red"),
    ]


def _log(value_us: int) -> float:
    return math.log10(max(value_us, 1))
