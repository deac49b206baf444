"""Thresholds: a line for each that is missed, none for one that is just met."""

from collections import Counter
from typing import Any

import pytest

from services.client.histogram import Durations
from services.client.load.recording import Recording
from services.client.load.result import Outcome
from services.client.load.settings import LoadSettings
from services.client.load.thresholds import missed


def lines(latencies_us: list[int], errors: int = 0, **settings: Any) -> list[str]:
    """Return what is said about a second in which these were verified."""
    measured = Recording(64, messages_verified=len(latencies_us), errors=Counter({"reset": errors}))
    latency = Durations()
    latency.record(Counter(latencies_us))
    return missed(Outcome(LoadSettings(**settings), Recording(64), measured, 0, 10**9), latency)


@pytest.mark.parametrize(
    "settings", [{}, {"max_p99_us": 500}, {"max_error_rate": 0.2}, {"min_rate": 4}, {"min_rate": 3.9}]
)
def test_what_is_met_is_not_mentioned(settings: dict[str, float]) -> None:
    """A bound belongs to what is allowed."""
    assert lines([500] * 4, errors=1, **settings) == []


def test_each_that_is_missed_has_its_line() -> None:
    """It says what was found, and what is allowed."""
    assert lines([501] * 4, errors=1, max_p99_us=500, max_error_rate=0.19, min_rate=4.1) == [
        "the latency's 99th percentile is 501 us, 500 us is allowed",
        "the error rate is 0.2, 0.19 is allowed",
        "the rate is 4 messages/s, 4.1 is asked for",
    ]


def test_no_message_is_no_good_latency() -> None:
    """A server that answers nothing is not a fast one."""
    (line,) = lines([], max_p99_us=500)
    assert "no message was verified" in line
