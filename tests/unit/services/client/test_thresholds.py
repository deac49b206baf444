"""Thresholds: a fact for each that is missed, none for one that is just met."""

from typing import Any

import pytest

from services.client.thresholds import Figures, Limit, Thresholds, is_step_met, missed


def figures(**changes: Any) -> Figures:
    """Return those of a second in which four of five messages came back."""
    return Figures(**({"due": 5, "verified": 4, "errors": 1, "p99_us": 500, "rate": 4.0} | changes))


@pytest.mark.parametrize(
    "allowed", [{}, {"max_p99_us": 500}, {"max_error_rate": 0.2}, {"min_rate": 4}, {"min_rate": 3.9}], ids=str
)
def test_what_is_met_is_not_mentioned(allowed: dict[str, float]) -> None:
    """A bound belongs to what is allowed."""
    assert missed(Thresholds(**allowed), figures()) == []


def test_each_that_is_missed_is_told_with_what_was_found_and_what_is_allowed() -> None:
    """A person reads a line, and a program the setting's name and the numbers."""
    found = missed(Thresholds(max_p99_us=499, max_error_rate=0.19, min_rate=4.1), figures())
    assert [(one.limit, one.found, one.allowed) for one in found] == [
        (Limit.P99, 500, 499),
        (Limit.ERROR_RATE, 0.2, 0.19),
        (Limit.RATE, 4.0, 4.1),
    ]
    assert [str(one) for one in found] == [
        "the latency's 99th percentile is 500 us, 499 us is allowed",
        "the error rate is 0.2, 0.19 is allowed",
        "the rate is 4 messages/s, 4.1 is asked for",
    ]


def test_a_message_that_was_never_sent_is_an_error() -> None:
    """A run of 1,500 due messages that sent 300 has failed four fifths, however well these went."""
    assert figures(due=1500, verified=300, errors=0).error_rate == 0.8


def test_errors_without_a_message_count() -> None:
    """A server that refuses every connection has an error rate, though nothing was ever due on them."""
    assert figures(due=0, verified=0, errors=3).error_rate == 1.0


def test_nothing_due_and_nothing_wrong_is_no_error() -> None:
    """The rate of nothing is zero, and not undefined."""
    assert figures(due=0, verified=0, errors=0).error_rate == 0.0


def test_no_message_is_no_good_latency() -> None:
    """A server that answers nothing is not a fast one."""
    (one,) = missed(Thresholds(max_p99_us=500), figures(verified=0, p99_us=0))
    assert (one.found, "no message was verified" in str(one)) == (None, True)


def test_a_step_is_met_when_its_rate_and_its_messages_are() -> None:
    """A hundredth of the rate may come back just after it; a message that failed is tolerated by an error rate only."""
    whole = figures(due=4, errors=0)
    assert is_step_met(Thresholds(), whole, 4.04)
    assert not is_step_met(Thresholds(), whole, 4.05)
    assert not is_step_met(Thresholds(max_p99_us=499), whole, 4)
    assert not is_step_met(Thresholds(), figures(), 4)
    assert is_step_met(Thresholds(max_error_rate=0.2), figures(), 4)
