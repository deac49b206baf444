"""Steps added up."""

import pytest

from services.client.report.results.checking import Unfit
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import at, climb, durations, load, step


def test_steps_are_added_up_one_to_one() -> None:
    """Rates and counts are sums, latencies one histogram; the window is from the first start to the last end."""
    first = climb("a", 10, 20)
    first["steps"][1] |= {"started_at": at(0.5)}
    second = climb("b", 30, 40)
    second["steps"][1] |= {"ended_at": at(3), "errors": {"reset": 2}, "messages_unsent": 5, "messages_unanswered": 7}
    _, last = merged(first, second).steps
    assert (last.rate_requested, last.rate_achieved) == (400, 400)
    assert (last.messages_due, last.messages_sent, last.messages_verified) == (200, 200, 200)
    assert (last.messages_unsent, last.messages_unanswered, last.errors) == (5, 7, {"reset": 2})
    assert last.latency.summary() == durations([20] * 100 + [40] * 100).summary()
    assert [one.isoformat(timespec="microseconds") for one in (last.started_at, last.ended_at)] == [at(0), at(3)]
    assert merged(second, first).steps[1].started_at == last.started_at


def test_a_step_that_not_all_have_reached_is_left_out() -> None:
    """It would show the rate of a part of the load; whoever measured nothing has reached none, and does not count."""
    failed = load((), host="c", failure="nobody listens")
    assert len(merged(climb("a", 10, 20, 30), climb("b", 10, 20), failed).steps) == 2
    assert merged(climb("a", 10, 20), load(host="b")).steps == []
    assert merged(load()).steps == merged(failed).steps == []


def test_a_step_whose_histogram_is_another_is_refused() -> None:
    """As any histogram that its summary contradicts."""
    wrong = step(100.0, 10, histogram=durations([10]).encode())
    with pytest.raises(Unfit, match="steps, number 1: the histogram counts 1, its summary 100"):
        merged(load(steps=[wrong]))
