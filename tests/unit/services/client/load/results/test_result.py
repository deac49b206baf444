"""The document: complete, exact, and JSON."""

import json
from datetime import datetime
from typing import Any

import orjson
import pytest

from services.client.load.results.outcome import HowRun, Outcome, Step
from services.client.load.results.recording import Recording
from services.client.load.results.result import contradictions, document
from services.client.load.settings import LoadSettings
from shared.load.histogram import Durations
from tests.unit.harness.loads import Load
from tests.unit.harness.loops import running_loop

KEYS = [
    "schema",
    "kind",
    "settings",
    "machine",
    "versions",
    "server",
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
    "errors",
    "error_reasons",
    "addresses",
    "warmup",
    "client_late",
    "client_stalls",
    "client_saturated",
    "clock_moved_s",
    "interrupted",
    "failure",
    "rate_requested",
    "rate_achieved",
    "steps",
    "latency_us",
    "service_time_us",
    "connect_us",
    "timeline",
    "histograms",
]


def printed(outcome: Outcome) -> dict[str, Any]:
    """Return the document as whoever reads it gets it; NaN would not be read."""
    parsed: dict[str, Any] = json.loads(orjson.dumps(document(outcome)), parse_constant=pytest.fail)
    return parsed


def test_a_run_of_nothing_is_a_document_all_the_same() -> None:
    """Every key is there, and no figure is NaN."""
    settings = LoadSettings()
    step = Step(settings, 0, Recording(64), 10**9, 10**9)
    result = printed(Outcome(settings, Recording(64), [step], 10**18, None, "why"))
    assert list(result) == KEYS
    assert contradictions(result) == []
    assert (result["rate_achieved"], result["latency_us"]["p99"], result["timeline"]) == (0, 0, [])
    assert (result["schema"], result["kind"]) == (1, "load")


def test_how_the_server_is_run_is_told_where_it_is_known() -> None:
    """Null where it did not say."""
    outcome = Outcome(LoadSettings(), Recording(64), [Step(LoadSettings(), 0, Recording(64))], 10**18)
    assert printed(outcome)["server"] is None
    outcome.how_run = HowRun("debug", watched=True)
    assert printed(outcome)["server"] == {"log_level": "debug", "watched": True}


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
    assert sum(result["addresses"].values()) == 3
    assert contradictions(result) == []


def test_a_result_that_cannot_be_is_found_out() -> None:
    """More verified than sent, or a latency below its service time, is a fault of the client's own."""
    with running_loop() as server:
        result = printed(Load(server.address, connections=1, rate=100, duration_s=0.1).outcome)
    service = result["service_time_us"]
    for change, rule in (
        ({"messages_verified": 11}, "messages_verified <= messages_sent"),
        ({"messages_sent": 11}, "messages_sent <= messages_due"),
        ({"messages_due": 12}, "latency_us.count == messages_due"),
        ({"service_time_us": service | {"total": 10**9}}, "latency_us.total >= service_time_us.total"),
        ({"service_time_us": service | {"max": 10**9}}, "latency_us.max >= service_time_us.max"),
    ):
        assert contradictions(result | change) == [rule]


def test_the_rate_is_that_of_the_measured_window() -> None:
    """Messages over the time between the two stamps."""
    settings = LoadSettings(rate=1000)
    step = Step(settings, 1000, Recording(64, messages_verified=500), 10**9, 3 * 10**9)
    result = printed(Outcome(settings, Recording(64), [step], 10**18))
    assert (result["rate_requested"], result["rate_achieved"]) == (1000, 250)
    started, ended = (datetime.fromisoformat(result[key]) for key in ("started_at", "ended_at"))
    assert (ended - started).total_seconds() == 2
