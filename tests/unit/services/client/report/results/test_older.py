"""Results that the first clients printed."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.client.report.document import document
from services.client.report.notes import notes
from services.client.report.results.checking import parse
from services.client.report.results.older import completed
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import load

# As they were printed: a session's, a load's, and a report's over two loads.
_FIRST = Path(__file__).parents[1] / "harness" / "first_results.ndjson"


def first_results() -> list[dict[str, Any]]:
    """Return a result of each kind, as the first clients printed it."""
    return [json.loads(line) for line in _FIRST.read_text().splitlines()]


@pytest.mark.parametrize("kind", ["session", "load", "report"])
def test_the_first_results_of_each_kind_can_be_reported(kind: str) -> None:
    """They are of the schema that is read, and their report is one too."""
    (result,) = (one for one in first_results() if one["kind"] == kind)
    report = document(merged(result))
    assert report["messages_verified"] == result["messages_verified"] > 0
    assert document(merged(report)) == report


def test_a_first_result_goes_together_with_one_of_today() -> None:
    """What it lacks is computed from its histogram, or is said to have never happened."""
    report = document(merged(first_results()[1], load()))
    assert report["latency_us"]["count"] == 21
    assert report["latency_us"]["p95"] > 0
    assert report["client_stalls"]["count"] == 0


def test_what_first_results_left_out_of_their_latencies_is_said() -> None:
    """They counted what came back, and nothing else."""
    result = first_results()[1] | {"messages_due": 25, "messages_sent": 22}
    assert [note for note in notes(merged(result)) if "due" in note] == [
        "Of 25 messages that were due, 3 never left.",
        (
            "5 messages that were due did not come back, and an older client has left them out of the latencies, which"
            " look better for it."
        ),
    ]
    assert document(merged(result))["messages_unsent"] == 3


def test_what_is_there_is_kept() -> None:
    """Only what is lacking is filled in; whether it can be is for the schema to say."""
    assert completed(load()) == load()
    assert completed({"messages_due": "x"})["messages_unsent"] == 0
    assert parse(load()) == parse(completed(load()))
