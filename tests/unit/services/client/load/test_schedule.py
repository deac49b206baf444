"""Due times: exact, none skipped, none twice."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.load.schedule import Schedule


@pytest.mark.parametrize(
    ("rate", "duration_s", "count"),
    [
        (10_000, 10, 100_000),
        (10, 0.1, 1),
        (1, 0.5, 1),
        (3, 1, 3),
        (0.1, 10, 1),
        (0.1, 10.5, 2),
        (1e7, 3600, 36 * 10**9),
    ],
)
def test_as_many_are_due_as_begin_within_the_duration(rate: float, duration_s: float, count: int) -> None:
    """The first is due at the start, and none at the end: 0.1 s at 10 a second is one message."""
    assert Schedule(rate, duration_s, 1, 0).count == count


@given(st.integers(1, 10**7), st.integers(0, 10**10), st.integers(0, 10**18))
def test_a_due_time_does_not_drift(rate: int, number: int, start_ns: int) -> None:
    """Message k is due at k / rate to the ns, however many there were before."""
    exact = start_ns + Fraction(number * 10**9, rate)
    assert 0 <= exact - Schedule(rate, 1, 1, start_ns).due_ns(number) < 1


@given(st.integers(1, 50), st.integers(0, 2000))
def test_messages_go_round_the_connections(connections: int, number: int) -> None:
    """A connection's n-th message is the run's index + n x connections."""
    schedule = Schedule(777.7, 1, connections, 5)
    assert schedule.due_on(number % connections, number // connections) == schedule.due_ns(number)
