"""What runs and thresholds are called."""

import pytest

from services.client.report.judging import Judgement, judge
from services.client.report.labels import label, step_verdict, threshold_row, title
from services.client.thresholds import Limit, Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import load, session, step


def test_a_run_is_called_by_its_machine() -> None:
    """In a container that is its id, and a session does not say; what the log calls it is better."""
    assert [label(run) for one in (load(), session()) for run in merged(one).runs] == ["a", "session client"]
    (run,) = merged({"replica": "client-2\x1b", **load()}).runs
    assert label(run) == "client-2\\x1b"


@pytest.mark.parametrize(
    ("judged", "row"),
    [
        (Judgement(Limit.P99, 20_000, 6_550, is_met=True), ("latency p99", "at most 20 ms", "6.55 ms", "met")),
        (Judgement(Limit.P99, 1, None, is_met=False), ("latency p99", "at most 1 µs", "unknown", "missed")),
        (Judgement(Limit.ERROR_RATE, 0, 0.5, is_met=False), ("error rate", "at most 0 %", "50 %", "missed")),
        (Judgement(Limit.RATE, 900, 1000, is_met=True), ("rate", "at least 900 msg/s", "1,000 msg/s", "met")),
    ],
)
def test_a_threshold_says_its_unit(judged: Judgement, row: tuple[str, ...]) -> None:
    """Durations as durations, shares in percent, rates in messages a second."""
    assert threshold_row(judged) == row


def test_a_step_tells_what_it_missed() -> None:
    """The rate once, whether it was not kept or less than asked; without a threshold, the messages that failed."""

    def verdict(flags: Thresholds, **changes: object) -> str:
        (one,) = judge(merged(load(steps=[step(100.0, 10, **changes)])), flags).steps
        return step_verdict(one)

    assert verdict(Thresholds()) == "met"
    assert verdict(Thresholds(max_p99_us=1, min_rate=500), rate_achieved=50.0) == "missed: rate, p99"
    assert verdict(Thresholds(min_rate=500)) == "missed: rate"
    assert verdict(Thresholds(max_error_rate=0), messages_verified=99) == "missed: errors"
    assert verdict(Thresholds(), messages_verified=99) == "missed: errors"


def test_a_title_says_what_must_be_known_first() -> None:
    """A part of the load, or one that did not run to its end."""
    part = load(interrupted="SIGINT")
    assert [title(merged(one), "Load") for one in (load(), part)] == ["Load", "Load (interrupted)"]
    part["settings"] |= {"expect_clients": 2}
    assert title(merged(part), "Load") == "Load (partial, interrupted)"
