"""Whether a merged result is good."""

from typing import Any

import pytest

from services.client.report.judging import Judgement, exit_code, judge, thresholds
from services.client.thresholds import Limit, Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import at, climb, load, session

NOTHING = Thresholds()


def given(host: str = "a", samples: Any = ((0, 100),) * 100, **settings: object) -> dict[str, Any]:
    """Return the result of a load that was given these settings."""
    one = load(samples, host=host)
    one["settings"] |= settings
    return one


def code(*documents: dict[str, Any], flags: Thresholds = NOTHING) -> int:
    """Return the exit code of a report on these results."""
    one = merged(*documents)
    return exit_code(one, judge(one, flags))


def test_it_is_the_merged_result_that_is_judged() -> None:
    """One slow replica of four may miss what all together have met; and a replica's own limit counts for all."""
    quick = [given(f"h{n}", ((0, 100),) * 1000, max_p99_us=5_000) for n in range(3)]
    slow = given("slow", ((0, 100),) * 80 + ((0, 9_000),) * 20, max_p99_us=5_000)
    assert code(slow) == 99
    assert code(*quick, slow) == 0
    assert code(*quick, slow, given("b", ((0, 9_000),) * 100, max_p99_us=5_000)) == 99


def test_of_what_loads_were_given_the_strictest_counts() -> None:
    """A rate is asked of each of them: all of them are asked the sum."""
    runs = merged(
        given("a", max_p99_us=10, max_error_rate=0.1, min_rate=50), given("b", max_p99_us=20, min_rate=60.0)
    ).load_runs
    assert thresholds(runs, NOTHING) == Thresholds(10, 0.1, 110)
    assert thresholds(merged(load()).load_runs, NOTHING) == NOTHING


def test_a_flag_counts_instead() -> None:
    """Of the merged result, as one asks for it now."""
    one = given(max_p99_us=1)
    assert code(one) == 99
    assert code(one, flags=Thresholds(max_p99_us=1_000)) == 0
    assert code(given(), flags=Thresholds(min_rate=101)) == 99


@pytest.mark.parametrize("value", [None, "5", True, -1, [5]])
def test_a_setting_that_is_no_number_asks_for_nothing(value: object) -> None:
    """Whoever wrote the result, no threshold is made of it."""
    assert thresholds(merged(given(max_p99_us=value)).load_runs, NOTHING) == NOTHING


def test_each_threshold_tells_what_was_found() -> None:
    """What no message measured is not known, and not good enough."""
    asked = Thresholds(500, 0.5, 1)
    assert [(one.limit, one.found, one.is_met) for one in judge(merged(given()), asked).thresholds] == [
        (Limit.P99, 100.0, True),
        (Limit.ERROR_RATE, 0.0, True),
        (Limit.RATE, 100.0, True),
    ]
    (first, *_) = judge(merged(given(samples=())), asked).thresholds
    assert (first.found, first.is_met) == (None, False)
    assert judge(merged(session()), asked).thresholds == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 0),
        ({"errors": {"reset": 1}}, 1),
        ({"sessions_failed": 1}, 1),
        ({"mismatches": 1}, 1),
        ({"warmup": load()["warmup"] | {"errors": {"reset": 1}}}, 1),
        ({"messages_due": 101}, 1),
        ({"messages_due": 101, "interrupted": "SIGINT"}, 0),
        ({"started_at": at(0), "ended_at": at(0)}, 1),
        ({"started_at": at(0), "ended_at": at(0), "interrupted": "SIGINT"}, 0),
        ({"settings": {"expect_clients": 2}}, 1),
    ],
)
def test_what_went_wrong_is_exit_code_1(change: dict[str, Any], expected: int) -> None:
    """As it was for the client that ran it; what was cut short is not wrong."""
    assert code(given() | change) == expected


def test_errors_that_are_allowed_are_no_failure() -> None:
    """Whoever allows half of all messages to fail gets a 0 for one of a hundred; but no wrong byte is ever allowed."""
    half = Thresholds(max_error_rate=0.5)
    assert code(given() | {"errors": {"reset": 1}, "sessions_failed": 1}, flags=half) == 0
    assert code(given() | {"errors": {"reset": 200}}, flags=half) == 99
    assert code(given() | {"errors": {"mismatch": 1}}, flags=half) == 1
    assert code(given() | {"mismatches": 1}, flags=half) == 1


def test_a_missing_replica_comes_before_a_missed_threshold() -> None:
    """What is judged is then only a part."""
    assert code(given(expect_clients=2, max_p99_us=1)) == 1


def test_of_a_load_in_steps_the_highest_good_one_is_judged() -> None:
    """It went on to find a rate that is too high: that it found one is no failure."""
    one = merged(climb("a", 10, 20, 5_000), climb("b", 10, 30, 9_000))
    judged = judge(one, Thresholds(max_p99_us=100))
    assert [step.is_met for step in judged.steps] == [True, True, False]
    assert judged.highest is judged.steps[1]
    assert judged.thresholds == [Judgement(Limit.P99, 100, 30, is_met=True)]
    assert exit_code(one, judged) == 0


def test_a_load_in_steps_of_which_none_was_good_has_failed() -> None:
    """By its first step: the threshold that it missed or, where there was none, that it did not keep its rate."""
    assert code(climb("a", 10, 20), flags=Thresholds(max_p99_us=9)) == 99
    slow = climb("a", 10)
    slow["steps"][0]["rate_achieved"] = 98.9
    assert code(slow) == 1
    slow["steps"][0]["rate_achieved"] = 99.0
    assert code(slow) == 0
    slow["steps"][0]["messages_verified"] = 99
    assert code(slow) == 1
    assert code(slow | {"interrupted": "SIGINT"}) == 0


def test_wrong_bytes_are_never_good() -> None:
    """Not where a step was, and not where an error rate is allowed."""
    for wrong in ({"mismatches": 1}, {"errors": {"surplus": 1}}):
        assert code(climb("a", 10, **wrong)) == 1
        assert code(given(max_error_rate=1) | wrong) == 1


def test_a_step_within_one_percent_of_its_rate_has_kept_it() -> None:
    """Whatever else it missed; and a step that did not keep it is not good, whatever else it met."""
    one = climb("a", 10, 10, 900)
    for step, achieved in zip(one["steps"], (99.0, 197.9, 300.0), strict=True):
        step["rate_achieved"] = achieved
    steps = judge(merged(one), Thresholds(max_p99_us=100)).steps
    assert [(step.is_rate_kept, step.is_met) for step in steps] == [(True, True), (False, False), (True, False)]
