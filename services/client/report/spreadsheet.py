"""The merged result as CSV: a row for all together, one for each replica, and one for each step."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from services.client.report.document import document
from services.client.report.judging import Judged
from services.client.report.labels import label
from services.client.report.results.merging import KINDS_OF_DURATION, Merged
from services.client.report.results.schema import Summary

# Named as in the JSON, where it is `latency_us` that holds a `p99`.
_DURATIONS = tuple(
    (kind, field.alias or name) for kind in KINDS_OF_DURATION for name, field in Summary.model_fields.items()
)
_FIELDS = (
    "started_at",
    "ended_at",
    "sessions",
    "sessions_failed",
    "messages_due",
    "messages_sent",
    "messages_verified",
    "messages_unsent",
    "messages_unanswered",
    "mismatches",
    "bytes_sent",
    "bytes_verified",
    "rate_requested",
    "rate_achieved",
    "is_met",
)


def spreadsheet(merged: Merged, judged: Judged) -> str:
    """Return the rows below their names; a cell is empty where there is no such figure."""
    whole = document(merged, judged)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["part", "name", *_FIELDS, "errors", *(f"{kind}.{name}" for kind, name in _DURATIONS)])
    writer.writerow(["all", "", *_cells(whole)])
    for run, row in zip(merged.runs, whole["replicas"], strict=True):
        writer.writerow(["replica", label(run), *_cells(row)])
    for number, step in enumerate(whole.get("steps", ()), 1):
        writer.writerow(["step", number, *_cells(step)])
    return text.getvalue()


def _cells(row: Mapping[str, Any]) -> Iterable[object]:
    yield from (row.get(name, "") for name in _FIELDS)
    yield sum(row["errors"].values())
    for kind, name in _DURATIONS:
        summary = row.get(kind)
        yield summary[name] if summary and summary["count"] else ""
