"""What a result may be."""

from typing import Any

import pytest

from services.client.report.document import document
from services.client.report.results.checking import Unfit, parse
from services.client.report.results.schema import Load, LoadReport, Session, SessionReport
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import at, load, session


def refusal(result: dict[str, Any]) -> str:
    """Return why this is no result."""
    with pytest.raises(Unfit) as caught:
        parse(result)
    return str(caught.value)


def test_each_kind_of_result_is_read() -> None:
    """Those of sessions and of loads, and reports over either."""
    results = [session(), load(), document(merged(session())), document(merged(load()))]
    assert [type(parse(result)) for result in results] == [Session, Load, SessionReport, LoadReport]


def test_what_a_later_version_adds_is_not_looked_at() -> None:
    """A schema may grow; only its change is a new one."""
    assert parse(load() | {"extra": 1}) == parse(load())


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"sessions": -1}, "sessions is -1: should be greater than or equal to 0"),
        ({"sessions": 2**63}, f"sessions is {2**63}: should be less than or equal to {2**63 - 1}"),
        ({"sessions": "1"}, "sessions is '1': should be a valid integer"),
        ({"sessions": True}, "sessions is True: should be a valid integer"),
        ({"sessions": 1.5}, "sessions is 1.5: should be a valid integer"),
        ({"sessions_failed": 2}, "sessions_failed should not exceed the 1 sessions"),
        ({"started_at": at(11)}, "ended_at should not be before started_at"),
        ({"started_at": "2026-11-25"}, "started_at is '2026-11-25': should be ISO 8601 with an offset from UTC"),
        ({"started_at": "soon"}, "started_at is 'soon': should be ISO 8601 with an offset from UTC"),
        ({"started_at": 1}, "started_at is 1: should be a text"),
        ({"interrupted": "SIGKILL"}, "interrupted is 'SIGKILL': should be 'SIGINT', 'SIGTERM' or 'SIGHUP'"),
        ({"errors": {"reset": -1}}, "errors.reset is -1: should be greater than or equal to 0"),
        ({"rate_achieved": float("nan")}, "rate_achieved is nan: should be a finite number"),
        ({"settings": {"a": {}}}, "settings.a: should be a text, a number, a truth value, null, or a list of these"),
        ({"latency_us": {}}, "latency_us.count is missing"),
    ],
)
def test_a_value_that_breaks_its_rule_is_refused_in_one_line(change: dict[str, Any], line: str) -> None:
    """The line names the value's place, the value and the rule."""
    assert refusal(load() | change) == line


def test_a_load_without_its_histograms_is_refused() -> None:
    """Percentiles alone could only be averaged, and that is not done."""
    result = load()
    del result["histograms"]
    assert refusal(result) == "histograms is missing"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"p99": 101}, "min, p50, \N{HORIZONTAL ELLIPSIS}, max should ascend"),
        ({"min": 101}, "min, p50, \N{HORIZONTAL ELLIPSIS}, max should ascend"),
        ({"total": 99}, "total should be between count x min and count x max"),
        ({"total": 101}, "total should be between count x min and count x max"),
    ],
)
def test_a_summary_that_contradicts_itself_is_refused(change: dict[str, int], rule: str) -> None:
    """A percentile above the maximum is wrong whoever printed it."""
    result = load(((0, 100),))
    result["latency_us"] |= change
    assert refusal(result) == f"latency_us: {rule}"


def test_a_report_that_does_not_add_up_is_refused() -> None:
    """Its rows and its histogram tell of the same messages."""
    report = document(merged(load()))
    report["replicas"] *= 2
    assert refusal(report) == "latency_us counts 1, its replicas 2"


def test_a_timeline_that_does_not_add_up_is_refused() -> None:
    """Each message that has a latency came back in some second."""
    assert refusal(load() | {"timeline": []}) == "latency_us counts 1, its timeline 0"
    assert refusal(document(merged(load())) | {"timeline": []}) == "latency_us counts 1, its timeline 0"


@pytest.mark.parametrize("kind", ["session", "load"])
def test_a_report_has_replicas(kind: str) -> None:
    """One over nothing says nothing."""
    report = document(merged(session() if kind == "session" else load())) | {"replicas": []}
    assert refusal(report).startswith("replicas: List should have at least 1 item")
