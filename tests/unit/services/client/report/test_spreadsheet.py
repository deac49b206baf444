"""The merged result as CSV."""

import csv
import io

from services.client.report.judging import judge
from services.client.report.spreadsheet import spreadsheet
from services.client.thresholds import Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import climb, load, session


def rows(*documents: dict[str, object], flags: Thresholds | None = None) -> list[dict[str, str]]:
    """Return the rows as a spreadsheet reads them."""
    one = merged(*documents)
    return list(csv.DictReader(io.StringIO(spreadsheet(one, judge(one, flags or Thresholds())))))


def test_there_is_a_row_for_all_and_one_for_each_replica() -> None:
    """Each with what the JSON calls by the same names."""
    found = rows(load(((0, 100), (1, 300))), load(host="b", errors={"reset": 1, "refused": 2}))
    assert [(row["part"], row["name"]) for row in found] == [("all", ""), ("replica", "a"), ("replica", "b")]
    assert [row["messages_verified"] for row in found] == ["3", "2", "1"]
    assert [row["errors"] for row in found] == ["3", "0", "3"]
    assert [row["latency_us.p99.9"] for row in found] == ["300", "300", "100"]
    assert found[0]["rate_achieved"] == "200.0"


def test_a_load_in_steps_has_a_row_for_each() -> None:
    """With whether it was good enough."""
    found = rows(climb("a", 10, 5_000), flags=Thresholds(max_p99_us=100))[2:]
    assert [(row["part"], row["name"], row["is_met"]) for row in found] == [
        ("step", "1", "True"),
        ("step", "2", "False"),
    ]
    assert [row["latency_us.p99"] for row in found] == ["10", "5000"]


def test_what_was_not_measured_is_an_empty_cell() -> None:
    """And no zero, which would be the best of all latencies."""
    (everything, replica) = rows(session())
    assert (replica["name"], replica["latency_us.p50"], replica["messages_due"]) == ("session client", "", "")
    assert rows(load(()))[0]["latency_us.p99"] == ""
    assert everything["bytes_verified"] == "5"
