"""The merged result as the JSON document, in the shape of a client's own."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.client.report.baseline import Comparison
from services.client.report.judging import Judged, JudgedStep
from services.client.report.notes import notes
from services.client.report.results.fields import text_of
from services.client.report.results.merging import Merged, row
from services.client.report.results.parts import Late
from services.client.report.results.schema import LoadRun
from services.client.report.results.sums import added, errors, in_common, rates, reasons, server_of
from services.client.result import SCHEMA

_NOT_JUDGED = Judged()

_COUNTS = ("messages_sent", "messages_verified", "bytes_sent", "bytes_verified")


def document(merged: Merged, judged: Judged = _NOT_JUDGED, compared: Comparison | None = None) -> dict[str, Any]:
    """Return the JSON document; that of a merge of merges is that of all at once."""
    return {
        "schema": SCHEMA,
        "kind": "report",
        "settings": in_common([run.settings for run in merged.runs]),
        **_tell_load_before(merged.load_runs),
        "started_at": row(min(merged.runs, key=lambda run: run.started_at))["started_at"],
        "ended_at": row(max(merged.runs, key=lambda run: run.ended_at))["ended_at"],
        **_sums(merged.runs, ("sessions", "sessions_failed")),
        **_sums(merged.load_runs, ("messages_due",) if merged.load_runs else ()),
        **_sums(merged.runs, ("messages_sent", "messages_verified")),
        **_sums(merged.load_runs, ("messages_unsent", "messages_unanswered") if merged.load_runs else ()),
        **_sums(merged.runs, ("mismatches", "bytes_sent", "bytes_verified")),
        "errors": errors(merged.runs),
        **_tell_load_after(merged, judged),
        "thresholds": [
            {"setting": one.limit, "allowed": one.allowed, "found": one.found, "met": one.is_met}
            for one in judged.thresholds
        ],
        "notes": notes(merged),
        "replicas_expected": merged.attendance.expected,
        "results_broken": list(merged.broken),
        "partial": merged.attendance.is_partial,
        **({} if compared is None else {"baseline": _baseline(compared)}),
        "replicas": [row(run) for run in merged.runs],
    }


def _tell_load_before(runs: Sequence[LoadRun]) -> dict[str, Any]:
    if not runs:
        return {}
    return {
        "machine": in_common([run.machine for run in runs]),
        "versions": in_common([run.versions for run in runs]),
        "server": server_of(runs) or None,
    }


def _tell_load_after(merged: Merged, judged: Judged) -> dict[str, Any]:
    runs = merged.load_runs
    if not runs:
        return {}
    requested, achieved = rates(runs)
    warmups = [run.warmup for run in runs]
    return {
        "error_reasons": [reason.model_dump() for reason in reasons(runs)],
        "addresses": added(run.addresses for run in runs),
        "warmup": {**_sums(warmups, (*_COUNTS, "sessions")), "errors": added(one.errors for one in warmups)},
        "client_late": _lateness([run.client_late for run in runs]),
        "client_stalls": _lateness([run.client_stalls for run in runs]),
        "client_saturated": _sums([run.client_saturated for run in runs], ("messages", "time_us")),
        # If several clocks were set, forward or back, the one that moved furthest.
        "clock_moved_s": max((run.clock_moved_s for run in runs), key=lambda s: (abs(s), s)),
        # One value for the whole report, as in a client's result; each row has its own.
        "interrupted": min((run.interrupted for run in runs if run.interrupted), default=None),
        "failure": min((run.failure for run in runs if run.failure), default=None),
        "rate_requested": requested,
        "rate_achieved": achieved,
        "steps": [_step(one) for one in judged.steps],
        **{name: durations.summary() for name, durations in merged.durations.items()},
        "timeline": [second.model_dump(by_alias=True) for second in merged.timeline],
        "histograms": {name: durations.encode() for name, durations in merged.durations.items()},
    }


def _baseline(compared: Comparison) -> dict[str, Any]:
    runs = compared.before.runs
    changes = (
        {"figure": one.figure, "before": one.before, "now": one.now, "spread": one.spread, "is_beyond": one.is_beyond}
        for one in compared.changes
    )
    return {
        "started_at": text_of(min(run.started_at for run in runs)),
        "ended_at": text_of(max(run.ended_at for run in runs)),
        "changes": list(changes),
        "settings_differ": {one.name: [one.before, one.now] for one in compared.settings},
    }


def _step(one: JudgedStep) -> dict[str, Any]:
    step = one.step
    counts = ("messages_due", "messages_sent", "messages_verified", "messages_unsent", "messages_unanswered")
    return {
        "started_at": text_of(step.started_at),
        "ended_at": text_of(step.ended_at),
        "rate_requested": step.rate_requested,
        "rate_achieved": step.rate_achieved,
        **{name: getattr(step, name) for name in counts},
        "errors": dict(step.errors),
        "latency_us": step.latency.summary(),
        "histogram": step.latency.encode(),
        "is_met": one.is_met,
        "missed": [limit.value for limit in one.missed],
    }


def _lateness(parts: Sequence[Late]) -> dict[str, int]:
    count, total_us = (sum(getattr(part, name) for part in parts) for name in ("count", "total_us"))
    return {"count": count, "max_us": max(part.max_us for part in parts), "total_us": total_us}


def _sums(parts: Sequence[object], names: Iterable[str]) -> dict[str, int]:
    return {name: sum(getattr(part, name) for part in parts) for name in names}
