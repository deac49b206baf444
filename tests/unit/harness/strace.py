"""Traces as text, and the records that are made of them."""

from shared.calls import Call
from shared.strace.trace import Trace

CONNECTION = "TCP:[10.0.0.1:5000->10.0.0.2:40000]"
LOCAL, PEER = "10.0.0.1:5000", "10.0.0.2:40000"
T0 = 1_700_000_000


def lines(*calls: str, pid: int = 7) -> list[str]:
    """Return calls as lines of `strace -f -ttt -T`, a millisecond apart; a call that names its own time keeps it."""
    return [f"{pid}  {T0}.{number:03}000 {call}" for number, call in enumerate(calls)]


def records(*texts: str) -> list[Call]:
    """Return the records of a trace's lines."""
    trace = Trace("here")
    found = [call for text in texts for call in trace.feed(text)]
    return found + trace.finish()


def short(calls: list[Call]) -> list[tuple[str, int | None, int | None]]:
    """Return of each call its name, offset and bytes."""
    return [(call.call, call.offset, call.bytes) for call in calls]
