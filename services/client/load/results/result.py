"""The result of a load: the JSON document that the client prints, and that `report` adds up."""

import importlib.metadata
import os
import platform
import resource
import socket
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from services.client.connect.connecting import local_ports
from services.client.load.results.outcome import Outcome, Step
from services.client.load.results.recording import Recording
from services.client.load.results.timeline import Slice, total
from services.client.result import SCHEMA
from shared.load.histogram import Durations


def document(outcome: Outcome) -> dict[str, Any]:
    """Return the JSON document."""
    whole, measured = outcome.whole, outcome.measured
    latency = whole.latency
    # In a closed loop a message is due when it is begun: there is one kind of duration, and not two.
    service = total(one.service for one in measured.timeline.slices) if whole.rate else latency
    connect = Durations()
    connect.record(outcome.warmup.connect_us + measured.connect_us)
    durations = {"latency_us": latency, "service_time_us": service, "connect_us": connect}
    return {
        "schema": SCHEMA,
        "kind": "load",
        **_circumstances(outcome),
        "started_at": _iso(whole.started_ns + outcome.offset_ns),
        "ended_at": _iso(whole.ended_ns + outcome.offset_ns),
        "sessions": measured.sessions,
        "sessions_failed": measured.sessions_failed,
        **_messages(measured),
        "mismatches": measured.mismatches,
        "bytes_sent": measured.bytes_sent,
        "bytes_verified": measured.bytes_verified,
        "errors": dict(measured.errors),
        "error_reasons": _reasons(outcome.warmup, measured),
        "addresses": dict(outcome.warmup.addresses + measured.addresses),
        "warmup": _warmup(outcome.warmup),
        "client_late": asdict(measured.late),
        "client_stalls": asdict(measured.stalls),
        "client_saturated": {"messages": measured.saturation.messages, "time_us": measured.saturation.time_us},
        "clock_moved_s": round(measured.timeline.clock_moved_ns / 1e9, 3) or 0.0,
        "interrupted": outcome.interrupted,
        "failure": outcome.failure,
        "rate_requested": whole.rate,
        "rate_achieved": whole.rate_achieved,
        "steps": [_step(step, outcome.offset_ns) for step in outcome.steps] if outcome.settings.rate_to else [],
        **{name: one.summary() for name, one in durations.items()},
        "timeline": [_slice(one, measured) for one in measured.timeline.slices],
        "histograms": {name: one.encode() for name, one in durations.items()},
    }


def contradictions(result: dict[str, Any]) -> list[str]:
    """Return contradictions between the counts; any that is found is a fault of this client."""
    latency, service = result["latency_us"], result["service_time_us"]
    rules = {
        "messages_verified <= messages_sent": result["messages_verified"] <= result["messages_sent"],
        "messages_sent <= messages_due": result["messages_sent"] <= result["messages_due"],
        "latency_us.count == messages_due": latency["count"] == result["messages_due"],
        "latency_us.total >= service_time_us.total": latency["total"] >= service["total"],
        "latency_us.max >= service_time_us.max": latency["max"] >= service["max"],
    }
    return [rule for rule, holds in rules.items() if not holds]


def _circumstances(outcome: Outcome) -> dict[str, Any]:
    return {
        "settings": outcome.settings.model_dump(mode="json"),
        "machine": _machine(),
        "versions": _versions(),
        "server": None if outcome.how_run is None else outcome.how_run._asdict(),
    }


def _messages(measured: Recording) -> dict[str, int]:
    """Return what became of the messages: latency counts all that were due, `unanswered` of them as a lower bound."""
    return {
        "messages_due": measured.messages_due,
        "messages_sent": measured.messages_sent,
        "messages_verified": measured.messages_verified,
        "messages_unsent": max(0, measured.messages_due - measured.messages_sent),
        "messages_unanswered": measured.unanswered.count,
    }


def _reasons(*recordings: Recording) -> list[dict[str, Any]]:
    reasons = sum((one.reasons for one in recordings), Counter())
    return [{**reason._asdict(), "count": count} for reason, count in reasons.most_common()]


def _step(step: Step, offset_ns: int) -> dict[str, Any]:
    recording = step.recording
    return {
        "started_at": _iso(step.started_ns + offset_ns),
        "ended_at": _iso(step.ended_ns + offset_ns),
        "rate_requested": step.rate,
        "rate_achieved": step.rate_achieved,
        **_messages(recording),
        "errors": dict(recording.errors),
        "latency_us": step.latency.summary(),
        "histogram": step.latency.encode(),
        "is_met": step.is_met,
        "missed": [miss.limit for miss in step.misses],
    }


def _machine() -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        # Those that it may run on: a container is often given fewer than there are.
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        # A client can run out of these, which then looks like a slow server.
        "local_ports": local_ports(),
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    }


def _versions() -> dict[str, str | None]:
    return {
        "python": platform.python_version(),
        "hdrhistogram": _version("hdrhistogram"),
        "echoscope": _version("echoscope"),
    }


def _version(distribution: str) -> str | None:
    """Return its version; null where it runs from its sources."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _iso(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 1000 / 1e6, UTC).isoformat(timespec="microseconds")


def _warmup(warmup: Recording) -> dict[str, Any]:
    return {
        "messages_sent": warmup.messages_sent,
        "messages_verified": warmup.messages_verified,
        "bytes_sent": warmup.bytes_sent,
        "bytes_verified": warmup.bytes_verified,
        "sessions": warmup.sessions,
        "errors": dict(warmup.errors),
    }


def _slice(one: Slice, measured: Recording) -> dict[str, Any]:
    latency = total([one.latency])
    return {
        "second": one.second,
        "width_s": one.width_s,
        "messages": one.messages,
        "bytes": one.messages * measured.message_bytes,
        "errors": one.errors,
        "latency_us": latency.summary(),
        "histogram": latency.encode(),
    }
