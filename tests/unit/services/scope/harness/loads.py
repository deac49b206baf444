"""Seconds of a load, as a client reports them."""

from collections import Counter

from shared.load.histogram import Durations
from shared.load.second import LoadSecond

START = 1_700_000_000


def durations(*us: int) -> Durations:
    """Return a histogram of these."""
    found = Durations()
    found.record(Counter(us))
    return found


def a_second(at: int, *us: int, host: str = "client-1", errors: int = 0, rate: float = 100.0) -> LoadSecond:
    """Return what a replica says of the second that is so long after the start: a message with each latency."""
    text = durations(*us).encode()
    return LoadSecond(host, 7, 5, START + at, len(us), errors, 2, rate, text, text)
