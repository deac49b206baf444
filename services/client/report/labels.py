"""What a run, and a threshold, is called where it is shown."""

from services.client.report.judging import Judged, JudgedStep, Judgement
from services.client.report.results.schema import LoadRun, Run
from services.client.report.units import duration, percent, printable, rate
from services.client.thresholds import Limit

_THRESHOLDS = {Limit.P99: "latency p99", Limit.ERROR_RATE: "error rate", Limit.RATE: "rate"}


def label(run: Run) -> str:
    """Return what the log calls the client; else the name of its machine or, in a container, its id."""
    if run.replica is not None:
        return printable(run.replica)
    return printable(run.machine.get("host", "?")) if isinstance(run, LoadRun) else "session client"


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
    """Return which step was the highest that was good enough, in a sentence."""
    if judged.highest is None:
        return "No step kept its rate and the thresholds."
    return f"The highest rate that was kept, and met the thresholds: {rate(judged.highest.step.rate_requested)} msg/s."


def _value(limit: Limit, value: float) -> str:
    if limit is Limit.P99:
        return duration(value)
    return percent(value) if limit is Limit.ERROR_RATE else f"{rate(value)} msg/s"
