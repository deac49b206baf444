"""The document: complete, exact, and JSON."""

import json
from datetime import datetime
from typing import Any

import orjson
import pytest

from services.client.histogram import Durations
from services.client.load.recording import Recording, total
from services.client.load.result import Outcome, document
from services.client.load.settings import LoadSettings
from tests.unit.harness.loads import Load
from tests.unit.harness.loops import running_loop

KEYS = [
    "schema",
    "kind",
    "settings",
    "machine",
    "versions",
    "started_at",
    "ended_at",
    "sessions",
    "sessions_failed",
    "messages_due",
    "messages_sent",
    "messages_verified",
    "mismatches",
    "bytes_sent",
    "bytes_verified",
    "errors",
    "warmup",
    "client_late",
    "interrupted",
    "rate_requested",
    "rate_achieved",
    "latency_us",
    "service_time_us",
    "connect_us",
    "timeline",
    "histograms",
]


def printed(outcome: Outcome) -> dict[str, Any]:
    """Return the document as whoever reads it gets it; NaN would not be read."""
    latency = total(second.latency for second in outcome.measured.seconds)
    parsed: dict[str, Any] = json.loads(orjson.dumps(document(outcome, latency)), parse_constant=pytest.fail)
    return parsed


def test_a_run_of_nothing_is_a_document_all_the_same() -> None:
    """Every key is there, and no figure is NaN."""
    result = printed(Outcome(LoadSettings(), Recording(64), Recording(64), 10**18, 10**18, None, "why"))
    assert list(result) == KEYS
    assert (result["rate_achieved"], result["latency_us"]["p99"], result["timeline"]) == (0, 0, [])
    assert (result["schema"], result["kind"]) == (1, "load")


@pytest.mark.parametrize("rate", [0, 400])
def test_the_parts_add_up_to_the_whole(rate: float) -> None:
    """Seconds, histograms and counts are of the same messages, and can be read by whoever merges."""
    with running_loop() as server:
        result = printed(Load(server.address, connections=3, rate=rate, duration_s=0.3, warmup_s=0.05).outcome)
    verified = result["messages_verified"]
    assert verified == result["messages_due"] == result["messages_sent"] == result["bytes_verified"] / 64 > 0
    merged = Durations()
    for second in result["timeline"]:
        assert second["bytes"] == second["messages"] * 64
        merged.add(Durations.decode(second["histogram"], second["latency_us"]))
    assert merged.summary() == result["latency_us"]
    for name in ("latency_us", "service_time_us", "connect_us"):
        assert Durations.decode(result["histograms"][name], result[name]).count == result[name]["count"]
    assert result["latency_us"]["count"] == result["service_time_us"]["count"] == verified
    assert result["connect_us"]["count"] == result["sessions"] == 3
    assert result["warmup"]["messages_verified"] > 0


def test_the_rate_is_that_of_the_measured_window() -> None:
    """Messages over the time between the two stamps."""
    measured = Recording(64, messages_verified=500)
    result = printed(Outcome(LoadSettings(rate=1000), Recording(64), measured, 10**18, 10**18 + 2 * 10**9))
    assert (result["rate_requested"], result["rate_achieved"]) == (1000, 250)
    started, ended = (datetime.fromisoformat(result[key]) for key in ("started_at", "ended_at"))
    assert (ended - started).total_seconds() == 2
