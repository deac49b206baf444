"""The merged result as text: for 80 columns, and as readable without colours as with them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.client.histogram import PERCENTILES, Durations
from services.client.report.document import errors, rates
from services.client.report.notes import label, notes
from services.client.report.results.merging import Merged
from services.client.report.results.schema import LoadRun, Run
from services.client.report.shape import bins
from services.client.report.timeline import points
from services.client.report.units import count, duration, percent, printable, rate, size

_MOST_BINS = 16
_BAR_WIDTH = 38
_BLOCKS_WIDTH = 60
# A crowd is summed up by its extremes; --json and --html have every row.
_MOST_ROWS = 24

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = " ▁▂▃▄▅▆▇█"


def show(merged: Merged, console: Console) -> None:
    """Print the report."""
    sections: list[tuple[str, RenderableType | None]] = [
        ("Summary (partial)" if merged.attendance.is_partial else "Summary", _summary(merged)),
        ("Percentiles", _percentiles(merged)),
        ("Latency, on a logarithmic scale", _histogram(merged)),
        ("Timeline", _timeline(merged)),
        ("Replicas", _replicas(merged.runs) if len(merged.runs) > 1 else None),
        ("Errors", _errors(merged.runs)),
        ("Notes", _notes(merged)),
    ]
    for title, body in sections:
        if body is not None:
            console.print(Text(title, style="bold"))
            console.print(Padding(body, (0, 0, 1, 2), expand=False))


def _summary(merged: Merged) -> RenderableType:
    runs, table = merged.runs, _table("", "")
    seconds = max((run.ended_at - run.started_at).total_seconds() for run in runs)
    started = min(run.started_at for run in runs)
    found = merged.attendance
    clients = f"{count(found.reported)}{f' of {count(found.expected)}' if found.is_partial else ''}"
    rows = [
        ("clients", f"{clients}, from {started:%Y-%m-%d %H:%M:%S} UTC, for {seconds:.1f} s"),
        ("sessions", f"{count(_sum(runs, 'sessions'))}, {count(_sum(runs, 'sessions_failed'))} failed"),
        ("messages", f"{count(_sum(runs, 'messages_sent'))} sent, {count(_sum(runs, 'messages_verified'))} verified"),
        ("data", f"{size(_sum(runs, 'bytes_sent'))} sent, {size(_sum(runs, 'bytes_verified'))} verified"),
    ]
    if merged.load_runs:
        requested, achieved = rates(merged.load_runs)
        share = f", {percent(achieved / requested)} of the {rate(requested)} requested" if requested else ""
        rows.append(("rate", f"{rate(achieved)} msg/s{share or ', as fast as echoes returned'}"))
    for name, text in rows:
        table.add_row(Text(name, style="dim"), text)
    return table


def _percentiles(merged: Merged) -> RenderableType | None:
    if not merged.durations:
        return None
    table = _table("", "latency", "service time", "connect", "slower than that")
    summaries = [one.summary() for one in merged.durations.values()]
    for name in ("min", "mean", *(f"p{p:g}" for p in PERCENTILES), "max"):
        cells = [duration(summary[name]) if summary["count"] else "-" for summary in summaries]
        table.add_row(name, *cells, _beyond(name, summaries[0]))
    explained = (
        "Closed loop: a server that stalls is asked less meanwhile, so that its stalls count for little."
        if merged.is_closed_loop
        else "Latency counts from when a message was due, service time from when it was sent."
    )
    return Group(table, Text(explained, style="dim"))


def _beyond(name: str, summary: Mapping[str, Any]) -> str:
    if name[0] != "p":
        return ""
    return f"{count(summary['count'] * (100 - float(name[1:])) / 100)} messages"


def _histogram(merged: Merged) -> RenderableType | None:
    found = bins(merged.durations.get("latency_us", Durations()), _MOST_BINS)
    if not found:
        return None
    table = _table("from", "to below", "messages", "")
    highest, total = max(one.times for one in found), sum(one.times for one in found)
    table.columns[3].justify = "left"
    so_far = 0
    for one in found:
        so_far += one.times
        share = f" {percent(so_far / total)}" if one.times else ""
        cell = Text(bar(one.times / highest, _BAR_WIDTH), style="cyan").append(share, style="dim")
        table.add_row(duration(one.low_us), duration(one.high_us), count(one.times), cell)
    return Group(table, Text("Beside each bar: the share of messages that were not slower.", style="dim"))


def _timeline(merged: Merged) -> RenderableType | None:
    found = points(merged, _BLOCKS_WIDTH)
    if not found:
        return None
    # A column for each step of time, also where nothing was measured.
    by_column = {point.after_s // point.width_s: point for point in found}
    columns = [by_column.get(column) for column in range(max(by_column) + 1)]
    rates_found = [point.rate for point in found if point.rate is not None] or [0.0]
    tails_us = [point.p99_us for point in found if point.messages] or [0]
    rate_drawn = blocks([(point and point.rate) or 0.0 for point in columns], 0, max(rates_found))
    # A little room below, so that the least one is seen as well.
    low, high = _log(min(tails_us)) - 0.1, _log(max(tails_us))
    tail_drawn = blocks([_log(point.p99_us) if point and point.messages else 0.0 for point in columns], low, high)
    error_drawn = "".join("!" if point and point.errors else " " for point in columns).rstrip()
    step_s = found[0].width_s
    return Group(
        Text("rate    ").append(rate_drawn, style="green"),
        Text(f"        {rate(min(rates_found))} to {rate(max(rates_found))} msg/s", style="dim"),
        Text("p99     ").append(tail_drawn, style="magenta"),
        Text(f"        {duration(min(tails_us))} to {duration(max(tails_us))}, logarithmic", style="dim"),
        *([Text("errors  ").append(error_drawn, style="red")] if error_drawn else []),
        Text(f"        a column is {'1 second' if step_s == 1 else f'{step_s} seconds'}", style="dim"),
    )


def _log(value_us: int) -> float:
    return math.log10(max(value_us, 1))


def _replicas(runs: Sequence[Run]) -> RenderableType:
    measured = ("msg/s", "p50", "p99", "max") if isinstance(runs[0], LoadRun) else ()
    table = _table("replica", "start", "messages", "errors", *measured)
    first = min(run.started_at for run in runs)
    for run in runs[:_MOST_ROWS]:
        after = f"+{(run.started_at - first).total_seconds():.3f} s"
        cells = [after, count(run.messages_verified), count(sum(run.errors.values())), *_measured(run)]
        table.add_row(Text(label(run)[:14]), *cells)
    if len(runs) <= _MOST_ROWS:
        return table
    return Group(table, Text(f"… and {len(runs) - _MOST_ROWS} more: see --json or --html.", style="dim"))


def _measured(run: Run) -> list[str]:
    if not isinstance(run, LoadRun):
        return []
    latency = run.latency_us
    if not latency.count:
        return [rate(run.rate_achieved), *"---"]
    return [rate(run.rate_achieved), *(duration(value) for value in (latency.p50, latency.p99, latency.max))]


def _errors(runs: Sequence[Run]) -> RenderableType | None:
    found = errors(runs)
    if not found:
        return None
    table = _table("", "")
    for kind, times in found.items():
        table.add_row(Text(printable(kind), style="red"), count(times))
    return table


def _notes(merged: Merged) -> RenderableType | None:
    table = Table.grid(padding=(0, 1))
    for note in notes(merged):
        table.add_row("-", Text(note, style="yellow"))
    return table if table.rows else None


def _table(*columns: str) -> Table:
    """Return a table of numbers, right-aligned, beside names; without headers it is a list of facts."""
    has_header = any(columns)
    table = Table(box=None, show_header=has_header, pad_edge=False, header_style="dim")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number and has_header else "left", no_wrap=has_header)
    return table


def _sum(runs: Sequence[Run], name: str) -> int:
    return sum(getattr(run, name) for run in runs)


def bar(share: float, width: int) -> str:
    """Return a bar of this share of the width, to the eighth of a letter; what is not zero is seen."""
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
