"""Results as clients print them, made up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.load.histogram import Durations

# 2026-11-25 03:00:00 UTC
EPOCH_S = 1_795_575_600

Samples = Sequence[tuple[int, int]]  # second after EPOCH_S, latency in microseconds


def at(after_s: float) -> str:
    """Return the time so many seconds after EPOCH_S, as results have it."""
    return datetime.fromtimestamp(EPOCH_S + after_s, UTC).isoformat(timespec="microseconds")


def durations(values_us: Sequence[int]) -> Durations:
    """Return these durations."""
    made = Durations()
    made.record(Counter(values_us))
    return made


def timeline(samples: Samples, errors: Mapping[int, int] | None = None) -> list[dict[str, Any]]:
    """Return the seconds of these samples, and those in which errors occurred."""
    failed = errors or {}
    rows = []
    for second in sorted({second for second, _ in samples} | set(failed)):
        inside = durations([latency_us for other, latency_us in samples if other == second])
        rows.append(
            {
                "second": EPOCH_S + second,
                "width_s": 1,
                "messages": inside.count,
                "bytes": inside.count * 64,
                "errors": failed.get(second, 0),
                "latency_us": inside.summary(),
                "histogram": inside.encode(),
            }
        )
    return rows


def _messages(count: int) -> dict[str, int]:
    return {
        "messages_due": count,
        "messages_sent": count,
        "messages_verified": count,
        "messages_unsent": 0,
        "messages_unanswered": 0,
        "mismatches": 0,
        "bytes_sent": 64 * count,
        "bytes_verified": 64 * count,
    }


def _warmup() -> dict[str, Any]:
    return {
        "messages_sent": 1,
        "messages_verified": 1,
        "bytes_sent": 64,
        "bytes_verified": 64,
        "sessions": 0,
        "errors": {},
    }


def load(samples: Samples = ((0, 100),), host: str = "a", **changes: Any) -> dict[str, Any]:
    """Return the result of a load client that measured these samples; service times are half the latencies."""
    values_us = [value for _, value in samples]
    measured = {
        "latency_us": durations(values_us),
        "service_time_us": durations([value // 2 for value in values_us]),
        "connect_us": durations([250]),
    }
    return {
        "schema": 1,
        "kind": "load",
        "settings": {"host": "server", "port": 5000, "connections": 1, "rate": 100.0, "size_bytes": 64},
        "machine": {"host": host, "cpus": 2, "kernel": "6.18", "architecture": "x86_64"},
        "versions": {"python": "3.11.2", "hdrhistogram": "0.10.8", "echoscope": "0.1.0"},
        "server": None,
        "started_at": at(0),
        "ended_at": at(10),
        "sessions": 1,
        "sessions_failed": 0,
        **_messages(len(samples)),
        "errors": {},
        "error_reasons": [],
        "addresses": {"192.0.2.1:5000": 1},
        "warmup": _warmup(),
        "client_late": {"count": 0, "max_us": 0, "total_us": 0},
        "client_stalls": {"count": 0, "max_us": 0, "total_us": 0},
        "client_saturated": {"messages": 0, "time_us": 0},
        "clock_moved_s": 0.0,
        "interrupted": None,
        "failure": None,
        "rate_requested": 100.0,
        "rate_achieved": 100.0,
        "steps": [],
        **{name: one.summary() for name, one in measured.items()},
        "timeline": timeline(samples),
        "histograms": {name: one.encode() for name, one in measured.items()},
        **changes,
    }


def climb(host: str = "a", *p99s_us: int, **changes: Any) -> dict[str, Any]:
    """Return the result of a load in steps of 100 messages a second more, each of 100 messages of one latency."""
    steps = [step(100.0 * number, value_us) for number, value_us in enumerate(p99s_us, 1)]
    samples = [(number, value_us) for number, value_us in enumerate(p99s_us) for _ in range(100)]
    return load(samples, host, **({"steps": steps} | changes))


def step(rate: float, value_us: int, **changes: Any) -> dict[str, Any]:
    """Return a step that kept its rate."""
    latency = durations([value_us] * 100)
    return {
        "started_at": at(0),
        "ended_at": at(1),
        "rate_requested": rate,
        "rate_achieved": rate,
        "messages_due": 100,
        "messages_sent": 100,
        "messages_verified": 100,
        "messages_unsent": 0,
        "messages_unanswered": 0,
        "errors": {},
        "latency_us": latency.summary(),
        "histogram": latency.encode(),
        "is_met": True,
        "missed": [],
        **changes,
    }


def session(started_s: float = 0, **changes: Any) -> dict[str, Any]:
    """Return the result of a client that ran a session."""
    return {
        "schema": 1,
        "kind": "session",
        "settings": {"host": "server", "port": 5000, "message": "Hello"},
        "started_at": at(started_s),
        "ended_at": at(started_s + 1),
        "sessions": 1,
        "sessions_failed": 0,
        "messages_sent": 1,
        "messages_verified": 1,
        "mismatches": 0,
        "bytes_sent": 5,
        "bytes_verified": 5,
        "errors": {},
        **changes,
    }
