"""What a run, and a threshold, is called where it is shown."""

from services.client.report.judging import Judgement
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


def _value(limit: Limit, value: float) -> str:
    if limit is Limit.P99:
        return duration(value)
    return percent(value) if limit is Limit.ERROR_RATE else f"{rate(value)} msg/s"
