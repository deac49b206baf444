"""Charts made of characters: the distribution as bars, the timeline as rows of blocks."""

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from services.client.report.results.merging import Merged
from services.client.report.shape import bins
from services.client.report.text.tables import Column, table
from services.client.report.timeline import points
from services.client.report.units import count, duration, percent, rate
from shared.load.histogram import Durations

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = " ▁▂▃▄▅▆▇█"

_MOST_BINS = 16
_BAR_WIDTH = 38
# What stands beside a bar: three figures, the share, and the room between them.
_BESIDE_A_BAR = 38
_BLOCKS_WIDTH = 60
_LABEL_WIDTH = 8


def bar(share: float, width: int) -> str:
    """Return a bar of this share of the width, exact to 1/8 of a character; any share above zero is visible."""
    eighths = round(share * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, rest = divmod(eighths, 8)
    return "█" * full + _EIGHTHS[rest].strip()


def blocks(values: Sequence[float], low: float, high: float) -> str:
    """Return a letter for each value: as high as it stands between `low` and `high`; what is above `low` is seen."""
    letters = []
    for value in values:
        share = (value - low) / (high - low) if high > low else float(value > 0)
        height = round(max(0.0, min(share, 1.0)) * 8)
        letters.append(_HEIGHTS[max(height, int(value > low))])
    return "".join(letters)


def histogram(merged: Merged, width: int) -> RenderableType | None:
    """Return the latencies as bars, so many columns wide; None where there is none."""
    found = bins(merged.durations.get("latency_us", Durations()), _MOST_BINS)
    if not found:
        return None
    bar_width = max(4, min(_BAR_WIDTH, width - _BESIDE_A_BAR))
    highest, total = max(one.times for one in found), sum(one.times for one in found)
    rows, so_far = [], 0
    for one in found:
        so_far += one.times
        share = f" {percent(so_far / total)}" if one.times else ""
        cell = Text(bar(one.times / highest, bar_width), style="cyan").append(share, style="dim")
        rows.append([Text(duration(one.low_us)), Text(duration(one.high_us)), Text(count(one.times)), cell])
    columns = [Column("from"), Column("to below"), Column("messages"), Column("", justify="left")]
    return Group(
        table(columns, rows, width), Text("Beside each bar: the share of messages that were not slower.", style="dim")
    )


def timeline(merged: Merged, width: int) -> RenderableType | None:
    """Return rate, p99 and errors over time; None where nothing came back and nothing went wrong."""
    found = points(merged, max(10, min(_BLOCKS_WIDTH, width - _LABEL_WIDTH)))
    if not any(point.samples or point.errors for point in found):
        return None
    # A column for each step of time, also where nothing was measured.
    by_column = {point.after_s // point.width_s: point for point in found}
    columns = [by_column.get(column) for column in range(max(by_column) + 1)]
    rates_found = [point.rate for point in found if point.rate is not None] or [0.0]
    rate_drawn = blocks([(point and point.rate) or 0.0 for point in columns], 0, max(rates_found))
    lines = [
        _labelled("rate", rate_drawn, "green"),
        _labelled("", f"{rate(min(rates_found))} to {rate(max(rates_found))} msg/s", "dim"),
    ]
    if tails_us := [point.p99_us for point in found if point.samples]:
        # A little room below, so that the least one is seen as well.
        low, high = _log(min(tails_us)) - 0.1, _log(max(tails_us))
        tail_drawn = blocks([_log(point.p99_us) if point and point.samples else 0.0 for point in columns], low, high)
        lines += [
            _labelled("p99", tail_drawn, "magenta"),
            _labelled("", f"{duration(min(tails_us))} to {duration(max(tails_us))}, logarithmic", "dim"),
        ]
    if any(point.errors for point in found):
        marks = "".join("!" if point and point.errors else " " for point in columns).rstrip()
        lines.append(_labelled("errors", marks, "red"))
    step_s = found[0].width_s
    lines.append(_labelled("", f"a column is {'1 second' if step_s == 1 else f'{step_s} seconds'}", "dim"))
    return Group(*lines)


def _labelled(label: str, content: str, style: str) -> Text:
    return Text(f"{label:<{_LABEL_WIDTH}}").append(content, style=style)


def _log(value_us: int) -> float:
    return math.log10(max(value_us, 1))
