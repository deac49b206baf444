"""The tables of the page."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from services.client.report.baseline import Change
from services.client.report.judging import JudgedStep, Judgement
from services.client.report.labels import change_row, label, step_verdict, threshold_row
from services.client.report.page.svg import Scale, dot, line, log_bounds, svg
from services.client.report.results.schema import LoadRun, Run
from services.client.report.shape import percentiles
from services.client.report.units import count, duration, printable, rate
from shared.load.histogram import PERCENTILES, Durations

_STRIP_WIDTH, _STRIP_HEIGHT = 180, 16


def percentiles_table(durations: Mapping[str, Durations], wanted: Sequence[float] = PERCENTILES) -> str:
    """Return the percentiles of each kind of duration, one beside the other."""
    every = list(durations.values())
    summaries = [one.summary() if one.count else {} for one in every]
    rows = [[name, *_durations([one.get(name) for one in summaries]), ""] for name in ("min", "mean", "stddev")]
    found = zip(*(percentiles(one, wanted) for one in every), strict=True)
    for p, values_us in zip(wanted, found, strict=True):
        rows.append([f"p{p:g}", *_durations(values_us), count(every[0].count * (100 - p) / 100)])
    rows.append(["max", *_durations([one.get("max") for one in summaries]), ""])
    return _table(["", "latency", "service time", "connect", "messages slower"], rows)


def thresholds_table(judged: Iterable[Judgement]) -> str:
    """Return a row for each threshold: what was asked, what was found, and whether it was met."""
    return _table(["threshold", "asked", "found", ""], [threshold_row(one) for one in judged])


def steps_table(steps: Iterable[JudgedStep]) -> str:
    """Return a row for each step: what was asked, what was achieved, and whether it was good enough."""
    rows = []
    for one in steps:
        step, latency = one.step, one.step.latency.summary()
        figures = [duration(latency[name]) if latency["count"] else "-" for name in ("p50", "p99", "max")]
        counts = [rate(step.rate_requested), rate(step.rate_achieved), count(one.failed)]
        rows.append([*counts, *figures, step_verdict(one)])
    return _table(["msg/s asked", "msg/s achieved", "messages failed", "p50", "p99", "max", ""], rows)


def changes_table(changes: Iterable[Change]) -> str:
    """Return a row for each figure: before, now, and whether it has changed by more than it varies."""
    return _table(["", "before", "now", "change", "varies", ""], [change_row(one) for one in changes])


def _durations(values_us: Iterable[float | None]) -> list[str]:
    return ["-" if value_us is None else duration(value_us) for value_us in values_us]


def replicas_table(runs: Sequence[Run]) -> str:
    """Return a row for each run, with its p50, p99 and max drawn on one scale for all."""
    load_runs = [run for run in runs if isinstance(run, LoadRun)]
    measured = [run.latency_us for run in load_runs if run.latency_us.count]
    scale = None
    if measured:
        bounds = log_bounds(min(one.p50 for one in measured), max(one.max for one in measured))
        scale = Scale(*bounds, 6, _STRIP_WIDTH - 6, is_log=True)
    first = min(run.started_at for run in runs)
    head = ["replica", "started", "messages", "errors"]
    if load_runs:
        head += ["msg/s", "late", "p50", "p99", "max", "p50 to p99 to max"]
    rows = []
    for run in runs:
        started = f"+{(run.started_at - first).total_seconds():.3f} s"
        errors = count(sum(run.errors.values()))
        rows.append([label(run), started, count(run.messages_verified), errors, *_measured(run, scale)])
    return _table(head, rows, drawn=len(head) - 1 if load_runs else None)


def facts(values: Mapping[str, object]) -> str:
    """Return names and values."""
    rows = (f"<div><dt>{_text(name)}</dt><dd>{_text(_value(value))}</dd></div>" for name, value in values.items())
    return f'<dl class="facts">{"".join(rows)}</dl>'


def _measured(run: Run, scale: Scale | None) -> list[str]:
    if not isinstance(run, LoadRun):
        return []
    latency = run.latency_us
    figures = [duration(value) for value in (latency.p50, latency.p99, latency.max)] if latency.count else ["-"] * 3
    strip = _strip(run, scale) if scale and latency.count else ""
    return [rate(run.rate_achieved), count(run.client_late.count), *figures, strip]


def _strip(run: LoadRun, scale: Scale) -> str:
    latency, middle = run.latency_us, _STRIP_HEIGHT / 2
    said = f"p50 {duration(latency.p50)}, p99 {duration(latency.p99)}, max {duration(latency.max)}"
    parts = [
        line(scale(latency.p50), middle, scale(latency.max), middle, "curve max"),
        dot(scale(latency.max), middle, 3, "dot max"),
        dot(scale(latency.p99), middle, 4, "dot p99"),
        dot(scale(latency.p50), middle, 4, "dot p50"),
    ]
    return svg(_STRIP_WIDTH, _STRIP_HEIGHT, said, parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], drawn: int | None = None) -> str:
    """Return a table of text; the column `drawn` holds pictures."""
    names = "".join(f'<th scope="col">{_text(name)}</th>' for name in head)
    parts = [f'<div class="scroll" tabindex="0"><table>\n<thead><tr>{names}</tr></thead>\n<tbody>']
    for row in rows:
        first, *others = row
        cells = [f'<th scope="row">{_text(first)}</th>']
        cells += [
            f'<td class="strip">{cell}</td>' if number == drawn else f"<td>{_text(cell)}</td>"
            for number, cell in enumerate(others, 1)
        ]
        parts.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*parts, "</tbody></table></div>"])


def _text(value: str) -> str:
    return escape(printable(value))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
