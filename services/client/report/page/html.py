"""The merged result as one page that needs nothing else: no script, no font, no style from elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from services.client.report.baseline import Comparison
from services.client.report.judging import Judged
from services.client.report.labels import SPREAD, differences, error_rows, highest_step, title
from services.client.report.notes import notes
from services.client.report.page.percentile_chart import percentile_chart
from services.client.report.page.steps_chart import steps_chart
from services.client.report.page.style import STYLE
from services.client.report.page.svg import NARROW, WIDE
from services.client.report.page.tables import (
    changes_table,
    facts,
    percentiles_table,
    replicas_table,
    steps_table,
    thresholds_table,
)
from services.client.report.page.timeline_chart import timeline_chart
from services.client.report.results.merging import Merged
from services.client.report.results.sums import errors, in_common, rates, server_of
from services.client.report.timeline import points
from services.client.report.units import count, duration, percent, printable, rate, size
from shared.load.histogram import PERCENTILES

_NOT_JUDGED = Judged()

# About two pixels a point; a longer timeline is merged into wider steps, exactly.
_MOST_POINTS, _MOST_POINTS_NARROW = 400, 60

_OPEN_LOOP = (
    "A server that stalls delays every message that becomes due meanwhile. Latency counts that wait, as a user would;"
    " service time counts it for the messages that were under way only. Where the two part, somebody waited."
)
_CLOSED_LOOP = (
    "Closed loop: a message is due when the echo before it is back. A server that stalls is asked less meanwhile, so"
    " that its stalls count for little: at a fixed rate, users would wait longer than this curve says."
)

_KNEE = "beyond the knee of the curve, more load buys latency and no throughput."

_HEAD = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
    # The browser enforces what the page promises: it loads nothing, and runs nothing.
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
)


def page(
    merged: Merged,
    judged: Judged = _NOT_JUDGED,
    percentiles: Sequence[float] = PERCENTILES,
    compared: Comparison | None = None,
) -> str:
    """Return the page, which is HTML and well-formed XML."""
    heading = title(merged, "Load report" if merged.load_runs else "Session report")
    parts = [
        f"<title>{heading}: {escape(_subject(merged))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
        f'<header><h1>{heading}</h1>\n<p class="quiet">{escape(_subject(merged))}</p></header>',
        _figures(merged),
        *_thresholds(judged),
        *_notes(merged),
        *_baseline(compared),
        *_steps(judged),
        *_latency(merged, percentiles),
        *_timeline(merged),
        *_replicas(merged),
        *_errors(merged),
        *_circumstances(merged),
        *_foot(merged),
        "</main>\n</body>\n</html>\n",
    ]
    return _HEAD + "\n".join(parts)


def _subject(merged: Merged) -> str:
    runs = merged.runs
    common = in_common([run.settings for run in runs])
    server = f"{printable(common.get('host', '?'))}:{printable(common.get('port', '?'))}"
    found = merged.attendance
    clients = "one client" if found.expected == 1 else f"{count(found.reported)} clients"
    clients += f" of {count(found.expected)}" if found.is_partial else ""
    seconds = max((run.ended_at - run.started_at).total_seconds() for run in runs)
    data = size(sum(run.bytes_verified for run in runs))
    start = min(run.started_at for run in runs)
    return f"{clients} to {server}, {start:%Y-%m-%d %H:%M:%S} UTC, {seconds:.1f} s, {data} verified"


def _figures(merged: Merged) -> str:
    runs = merged.runs
    sent, verified = (sum(getattr(run, f"messages_{name}") for run in runs) for name in ("sent", "verified"))
    due = sum(run.messages_due for run in merged.load_runs)
    asked = f"of {count(due)} due, {count(sent)} sent" if merged.load_runs else f"of {count(sent)} sent"
    figures = [("messages verified", count(verified), asked)]
    if merged.load_runs:
        requested, achieved = rates(merged.load_runs)
        kept = f"{percent(achieved / requested)} of {rate(requested)}" if requested else "as fast as echoes return"
        kept = f"average of {len(merged.steps)} steps" if merged.steps else kept
        figures.append(("messages / s", *((rate(achieved), kept) if merged.has_measured else ("-", ""))))
        latency, service = (merged.durations[name].summary() for name in ("latency_us", "service_time_us"))
        for name in ("p50", "p99", "max"):
            value = duration(latency[name]) if latency["count"] else "-"
            more = "" if merged.is_closed_loop else f"service {duration(service[name])}"
            figures.append((f"latency {name}", value, more))
    failures = sum(errors(runs).values())
    sessions = sum(run.sessions for run in runs)
    figures.append(("errors", count(failures), f"in {count(sessions)} session{'' if sessions == 1 else 's'}"))
    return f'<dl class="figures">{"".join(_figure(*one) for one in figures)}</dl>'


def _figure(name: str, value: str, more: str) -> str:
    small = f"<small>{escape(more)}</small>" if more else ""
    kind = ' class="bad"' if name == "errors" and value != "0" else ""
    return f"<div><dt>{name}</dt><dd{kind}>{escape(value)}{small}</dd></div>"


def _thresholds(judged: Judged) -> Iterator[str]:
    if judged.thresholds:
        yield thresholds_table(judged.thresholds)


def _notes(merged: Merged) -> Iterator[str]:
    if found := notes(merged):
        yield f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in found)}</ul>'


def _latency(merged: Merged, percentiles: Sequence[float]) -> Iterator[str]:
    if not merged.durations or not merged.durations["latency_us"].count:
        return
    curves = {"latency": ("latency, from when a message was due", merged.durations["latency_us"])}
    if not merged.is_closed_loop:
        curves["service"] = ("service time, from when it was sent", merged.durations["service_time_us"])
    legend = "".join(f'<span><i class="{kind}"></i>{name}</span>' for kind, (name, _) in curves.items())
    charts = "\n".join(percentile_chart(curves, frame) for frame in (WIDE, NARROW))
    explained = _CLOSED_LOOP if merged.is_closed_loop else _OPEN_LOOP
    yield _section(
        "Latency by percentile",
        f'<div class="legend">{legend}</div>\n<figure>{charts}\n<figcaption>{explained}</figcaption></figure>',
        f'<div class="percentiles">{percentiles_table(merged.durations, percentiles)}</div>',
    )


def _baseline(compared: Comparison | None) -> Iterator[str]:
    if compared is not None:
        sentences = (f'<p class="quiet">{escape(one)}</p>' for one in (SPREAD, differences(compared)) if one)
        yield _section("Against the baseline", changes_table(compared.changes), *sentences)


def _steps(judged: Judged) -> Iterator[str]:
    if judged.steps:
        caption = f"{highest_step(judged)} A hollow dot is a step that was not good enough: {_KNEE}"
        chart = "\n".join(steps_chart(judged, frame) for frame in (WIDE, NARROW))
        yield _section(
            "Latency against throughput",
            f"<figure>{chart}\n<figcaption>{escape(caption)}</figcaption></figure>",
            steps_table(judged.steps),
        )


def _timeline(merged: Merged) -> Iterator[str]:
    if found := points(merged, _MOST_POINTS):
        # There is no one rate to keep where there are steps.
        requested = 0.0 if merged.steps else rates(merged.load_runs)[0]
        step_s = found[0].width_s
        each = "A point is one second" if step_s == 1 else f"A point is {step_s} seconds, merged exactly"
        edges = "the first and the last second are partial, their rate is over the part that was measured"
        caption = f"{each}; {edges}. A message counts in the second in which it came back."
        few = points(merged, _MOST_POINTS_NARROW)
        chart = f"{timeline_chart(found, requested)}\n{timeline_chart(few, requested, NARROW)}"
        yield _section("Over time", f"<figure>{chart}\n<figcaption>{caption}</figcaption></figure>")


def _replicas(merged: Merged) -> Iterator[str]:
    if len(merged.runs) > 1:
        yield _section("Replicas side by side", replicas_table(merged.runs))


def _errors(merged: Merged) -> Iterator[str]:
    if found := error_rows(merged.runs):
        yield _section(
            "Errors", facts({kind: f"{count(times)}: {why}" if why else count(times) for kind, times, why in found})
        )


def _circumstances(merged: Merged) -> Iterator[str]:
    groups: dict[str, Mapping[str, object]] = {"Settings": in_common([run.settings for run in merged.runs])}
    if merged.load_runs:
        groups["Machine"] = in_common([run.machine for run in merged.load_runs])
        groups["Server"] = server_of(merged.load_runs)
        groups["Versions"] = in_common([run.versions for run in merged.load_runs])
    common = "" if len(merged.runs) == 1 else " (what all replicas have in common)"
    yield _section(
        f"Circumstances{common}", *(f"<h3>{name}</h3>\n{facts(values)}" for name, values in groups.items() if values)
    )


def _foot(merged: Merged) -> Iterator[str]:
    if merged.durations:
        yield (
            "<footer>Percentiles are those of all messages together: the replicas' HdrHistograms (1 µs to 1 h, three"
            " significant digits) were added, percentiles never averaged. Min, mean and max are exact.</footer>"
        )


def _section(name: str, *parts: str) -> str:
    return "\n".join([f"<section>\n<h2>{name}</h2>", *parts, "</section>"])
