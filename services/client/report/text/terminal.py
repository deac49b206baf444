"""The merged result as text, section by section."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.client.report.baseline import Comparison
from services.client.report.judging import Judged, Judgement
from services.client.report.labels import error_rows, label, threshold_row, title
from services.client.report.notes import notes
from services.client.report.results.merging import Merged
from services.client.report.results.schema import LoadRun, Run
from services.client.report.results.sums import rates
from services.client.report.shape import percentiles
from services.client.report.text.changes import changes
from services.client.report.text.charts import histogram, timeline
from services.client.report.text.steps import steps
from services.client.report.text.tables import Column, named, table
from services.client.report.units import count, duration, number, percent, rate, size

# Of more replicas than this only the extremes are shown; --json, --csv and --html have every row.
_MOST_ROWS = 24

_INDENT = 2


def show(
    merged: Merged, judged: Judged, wanted: Sequence[float], console: Console, compared: Comparison | None = None
) -> None:
    """Print the report."""
    width = console.width - _INDENT
    sections: list[tuple[str, RenderableType | None]] = [
        (title(merged, "Summary"), _summary(merged)),
        ("Thresholds", _thresholds(judged.thresholds, width)),
        ("Against the baseline", None if compared is None else changes(compared, width)),
        ("Steps, p99 drawn on a logarithmic scale", steps(judged, width)),
        ("Percentiles", _percentiles(merged, wanted, width)),
        ("Latency, on a logarithmic scale", histogram(merged, width)),
        ("Timeline", timeline(merged, width)),
        ("Replicas", _replicas(merged.runs, width) if len(merged.runs) > 1 else None),
        ("Errors", _errors(merged.runs)),
        ("Notes", _notes(merged)),
    ]
    for name, body in sections:
        if body is not None:
            console.print(Text(name, style="bold"))
            console.print(Padding(body, (0, 0, 1, _INDENT), expand=False))


def _summary(merged: Merged) -> RenderableType:
    runs = merged.runs
    seconds = max((run.ended_at - run.started_at).total_seconds() for run in runs)
    started = min(run.started_at for run in runs)
    found = merged.attendance
    clients = f"{count(found.reported)}{f' of {count(found.expected)}' if found.is_partial else ''}"
    sent, verified = (count(_sum(runs, f"messages_{name}")) for name in ("sent", "verified"))
    due = f"{count(_sum(merged.load_runs, 'messages_due'))} due, " if merged.load_runs else ""
    rows = [
        ("clients", f"{clients}, from {started:%Y-%m-%d %H:%M:%S} UTC, for {seconds:.1f} s"),
        ("sessions", f"{count(_sum(runs, 'sessions'))}, {count(_sum(runs, 'sessions_failed'))} failed"),
        ("messages", f"{due}{sent} sent, {verified} verified"),
        ("data", f"{size(_sum(runs, 'bytes_sent'))} sent, {size(_sum(runs, 'bytes_verified'))} verified"),
    ]
    if merged.has_measured:
        requested, achieved = rates(merged.load_runs)
        share = f"{percent(achieved / requested)} of the {rate(requested)} requested" if requested else ""
        share = f"on average over {len(merged.steps)} steps" if merged.steps else share
        per_s = f"{size(merged.bytes_per_s)}/s each way"
        rows.append(("rate", f"{rate(achieved)} msg/s, {per_s}; {share or 'as fast as echoes returned'}"))
    return named([(name, Text(text)) for name, text in rows])


def _thresholds(judged: Sequence[Judgement], width: int) -> RenderableType | None:
    if not judged:
        return None
    rows = []
    for one in judged:
        *facts, met = threshold_row(one)
        rows.append([*map(Text, facts), Text(met, "green" if one.is_met else "bold red")])
    return table([Column("", justify="left"), Column("asked"), Column("found"), Column("")], rows, width)


def _percentiles(merged: Merged, wanted: Sequence[float], width: int) -> RenderableType | None:
    every = list(merged.durations.values())
    if not any(one.count for one in every):
        return None
    summaries = [one.summary() for one in every]

    def row(name: str) -> list[Text]:
        return [Text(name), *_durations([one[name] if one["count"] else None for one in summaries]), Text("")]

    rows = [row(name) for name in ("min", "mean", "stddev")]
    found = zip(*(percentiles(one, wanted) for one in every), strict=True)
    for p, values_us in zip(wanted, found, strict=True):
        slower = Text(number(every[0].count * (100 - p) / 100, "message"))
        rows.append([Text(f"p{p:g}"), *_durations(values_us), slower])
    rows.append(row("max"))
    columns = [
        Column("", justify="left"),
        Column("latency"),
        Column("service time", goes=3),
        Column("connect", goes=2),
        Column("slower than that", goes=1),
    ]
    if not every[0].count:
        return table(columns[:-1], [cells[:-1] for cells in rows], width)
    explained = (
        "Closed loop: a server that stalls is asked less meanwhile, so that its stalls count for little."
        if merged.is_closed_loop
        else "Latency counts from when a message was due, service time from when it was sent."
    )
    return Group(table(columns, rows, width), Text(explained, style="dim"))


def _durations(values_us: Sequence[float | None]) -> list[Text]:
    return [Text("-" if value_us is None else duration(value_us)) for value_us in values_us]


def _replicas(runs: Sequence[Run], width: int) -> RenderableType:
    columns = [
        Column("replica", justify="left"),
        Column("start", goes=1),
        Column("messages", goes=2),
        Column("errors"),
    ]
    if isinstance(runs[0], LoadRun):
        columns += [Column("msg/s"), Column("p50", goes=3), Column("p99"), Column("max", goes=4)]
    first = min(run.started_at for run in runs)
    rows = []
    for run in runs[:_MOST_ROWS]:
        after = f"+{(run.started_at - first).total_seconds():.3f} s"
        cells = [label(run)[:14], after, count(run.messages_verified), count(sum(run.errors.values()))]
        rows.append([*map(Text, cells), *_measured(run)])
    made = table(columns, rows, width)
    if len(runs) <= _MOST_ROWS:
        return made
    return Group(made, Text(f"… and {len(runs) - _MOST_ROWS} more: see --json, --csv or --html.", style="dim"))


def _measured(run: Run) -> list[Text]:
    if not isinstance(run, LoadRun):
        return []
    latency = run.latency_us
    figures = (latency.p50, latency.p99, latency.max) if latency.count else (None, None, None)
    return [Text(rate(run.rate_achieved)), *_durations(figures)]


def _errors(runs: Sequence[Run]) -> RenderableType | None:
    rows = [
        (kind, Text(count(times), "red" if times else "dim").append(f"  {why}" if why else "", style="dim"))
        for kind, times, why in error_rows(runs)
    ]
    return named(rows) if rows else None


def _notes(merged: Merged) -> RenderableType | None:
    made = Table.grid(padding=(0, 1))
    for note in notes(merged):
        made.add_row("-", Text(note, style="yellow"))
    return made if made.rows else None


def _sum(runs: Sequence[Run], name: str) -> int:
    return sum(getattr(run, name) for run in runs)
