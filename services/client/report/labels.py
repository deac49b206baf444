"""The names of runs and thresholds, and their values, as the report shows them."""

from collections.abc import Sequence

from services.client.report.baseline import Change, Comparison, Figure
from services.client.report.judging import Judged, JudgedStep, Judgement
from services.client.report.results.merging import Merged
from services.client.report.results.schema import LoadRun, Run
from services.client.report.results.sums import errors, reasons
from services.client.report.units import count, duration, percent, printable, rate
from services.client.thresholds import Limit

_THRESHOLDS = {Limit.P99: "latency p99", Limit.ERROR_RATE: "error rate", Limit.RATE: "rate"}


_FIGURES = {figure: f"latency {figure.value}" for figure in Figure} | {
    Figure.RATE: "rate",
    Figure.HIGHEST: "highest good rate",
    Figure.ERROR_RATE: "error rate",
}

# What a table of changes means.
SPREAD = "Varies: twice the standard deviation within a run. A change that is not more than that may be chance."


def label(run: Run) -> str:
    """Return what the log calls the client; else the name of its machine or, in a container, its id."""
    if run.replica is not None:
        return printable(run.replica)
    return printable(run.machine.get("host", "?")) if isinstance(run, LoadRun) else "session client"


def runs_of(some: Sequence[LoadRun], runs: Sequence[LoadRun]) -> str:
    """Return which of the runs these are, for a sentence."""
    if len(runs) == 1:
        return "the run"
    names = ", ".join(label(run) for run in some[:4])
    more = ", …" if some[4:] else ""
    return f"{len(some)} of {len(runs)} replicas ({names}{more})"


def error_rows(runs: Sequence[Run]) -> list[tuple[str, int, str]]:
    """Return each kind of error, how many sessions failed with it, and why, with how often.

    Attempts to connect that failed are here as well, though no session has failed where a later attempt succeeded, or
    where the run ended before the deadline.
    """
    failed = errors(runs)
    why: dict[str, list[str]] = {}
    for one in reasons(run for run in runs if isinstance(run, LoadRun)):
        why.setdefault(one.kind, []).append(f"{one.phase} {one.errno or ''}".strip() + f" {count(one.count)}")
    rows = [(kind, times, ", ".join(why.pop(kind, []))) for kind, times in failed.items()]
    rows += [(kind, 0, f"{', '.join(found)} (tried again)") for kind, found in why.items()]
    return [(printable(kind), times, printable(found)) for kind, times, found in rows]


def title(merged: Merged, name: str) -> str:
    """Return the title, with what a reader must know before the first figure."""
    found = [
        word
        for word, applies in (
            ("partial", merged.attendance.is_partial),
            ("interrupted", any(run.interrupted for run in merged.load_runs)),
        )
        if applies
    ]
    return f"{name} ({', '.join(found)})" if found else name


def threshold_row(one: Judgement) -> tuple[str, str, str, str]:
    """Return a threshold's name, what was asked, what was found, and whether that is good enough."""
    bound = "at least" if one.limit is Limit.RATE else "at most"
    found = "unknown" if one.found is None else _value(one.limit, one.found)
    return _THRESHOLDS[one.limit], f"{bound} {_value(one.limit, one.allowed)}", found, "met" if one.is_met else "missed"


def step_verdict(one: JudgedStep) -> str:
    """Return whether a step was good enough, and what was not."""
    if one.is_met:
        return "met"
    missed = {Limit.RATE: "rate", Limit.P99: "p99", Limit.ERROR_RATE: "errors"}
    reasons = {missed[limit] for limit in one.missed} | (set() if one.is_rate_kept else {"rate"}) or {"errors"}
    return f"missed: {', '.join(word for word in missed.values() if word in reasons)}"


def highest_step(judged: Judged) -> str:
    """Return a sentence that names the highest step that was good enough."""
    if judged.highest is None:
        return "No step kept its rate and the thresholds."
    return f"The highest rate that was kept, and met the thresholds: {rate(judged.highest.step.rate_requested)} msg/s."


def change_row(one: Change) -> tuple[str, str, str, str, str, str]:
    """Return a figure's name, its value before and now, the change, how much it varies, and what that means."""
    before, now, spread = (_figure(one.figure, value) for value in (one.before, one.now, one.spread))
    share = "-" if one.before is None or one.now is None or not one.before else _times(one.now / one.before)
    return _FIGURES[one.figure], before, now, share, spread if one.spread is None else f"± {spread}", verdict_of(one)


def verdict_of(one: Change) -> str:
    """Return whether a change is better, worse or within chance; an empty text where that is not known."""
    if one.is_beyond is None:
        return ""
    return ("better" if one.is_better else "worse") if one.is_beyond else "within"


def differences(one: Comparison) -> str:
    """Return which settings the two loads were given differently, in a sentence; empty where none."""
    if not one.settings:
        return ""
    said = (
        f"{printable(each.name)} ({_setting(each.before)} before, {_setting(each.now)} now)" for each in one.settings
    )
    return f"Settings differ: {', '.join(said)}."


def _times(ratio: float) -> str:
    """Return a change in percent; one of ten times and more is read sooner as that."""
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{(ratio - 1) * 100:+.1f} %"  # noqa: PLR2004 -- tenfold


def _setting(value: object) -> str:
    """Return a setting's value; none where it was not set, or not the same in all replicas."""
    return "-" if value is None else printable(value)


def _figure(figure: Figure, value: float | None) -> str:
    if value is None:
        return "-"
    if figure is Figure.ERROR_RATE:
        return percent(value)
    return f"{rate(value)} msg/s" if figure in {Figure.RATE, Figure.HIGHEST} else duration(value)


def _value(limit: Limit, value: float) -> str:
    if limit is Limit.P99:
        return duration(value)
    return percent(value) if limit is Limit.ERROR_RATE else f"{rate(value)} msg/s"
