"""The load between containers: its rate holds, a stall shows in full, and sizes and numbers stay within the memory."""

from datetime import datetime

import pytest

from tests.e2e.harness.compose import image_of
from tests.e2e.harness.containers import events, exit_code, result, stderr, wait_for_load
from tests.e2e.harness.observing import is_out_of_memory, metrics_at_rest
from tests.e2e.harness.processes import freeze
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "warning"}

_DURATION_S, _PAUSE_S = 10, 1

_LESS_MEMORY = "96m"

# Of the messages so many are due later than the given part of the run: a percentile's name, and that part.
_STEPS = {"p90": 0.1, "p99": 0.01, "p99.9": 0.001, "p99.99": 0.0001}


@pytest.mark.alone
def test_a_stall_shows_in_full_from_when_messages_were_due(stack: Stack) -> None:
    """A server paused for 1 s of 10: of the messages due meanwhile each waited for what was left of the pause.

    So the worst waited for the whole pause P, and the part q of all messages that is slower than a percentile tells
    it: P - q * 10 s (the staircase). In service time, from the actual send, only what was in flight was slow.
    """
    server = stack.server
    client = stack.start_client(
        *("load", "--connections", "4", "--rate", "1000", "--duration-s", str(_DURATION_S)), ECHO_LOG_LEVEL="info"
    )
    wait_for_load(client, left_s=6)
    freeze(server)
    wait_for_load(client, left_s=events(client, "load_progressed")[-1]["left_s"] - 2 * _PAUSE_S)
    server.unpause()
    assert exit_code(client) == 0, stderr(client)
    document = result(client)
    latency, service = document["latency_us"], document["service_time_us"]
    pause_us = latency["max"]
    assert pause_us > _PAUSE_S * 1e6
    for name, slower in _STEPS.items():
        # A machine that stands still at another time as well makes more of them late, and none of these less.
        assert latency[name] > pause_us - slower * _DURATION_S * 1e6 - 0.05 * pause_us, name
    assert latency["count"] == document["messages_due"] == _DURATION_S * 1000
    # Four of 10,000 were in flight when the pause began, and as many whenever else the machine stood still.
    assert service["max"] > _PAUSE_S * 1e6
    assert service["p99"] < 0.1 * latency["p99"]


@pytest.mark.alone
def test_the_rate_holds_and_no_message_is_skipped(stack: Stack) -> None:
    """10,000 messages a second for 10 s are 100,000 due, each sent and each verified, and the rate says how fast."""
    client = stack.start_client("load", "--connections", "50", "--rate", "10000", ECHO_LOG_LEVEL="warning")
    assert exit_code(client) == 0, stderr(client)
    document = result(client)
    counts = [document[name] for name in ("messages_due", "messages_sent", "messages_verified")]
    assert counts == [100_000] * 3
    started, ended = (datetime.fromisoformat(document[name]) for name in ("started_at", "ended_at"))
    assert document["rate_achieved"] == pytest.approx(100_000 / (ended - started).total_seconds(), rel=0.001)
    assert document["rate_achieved"] < 10_000 * 1.001
    assert document["latency_us"]["count"] == 100_000


def test_the_result_says_how_the_server_was_run(stack: Stack) -> None:
    """It was asked before the load began; where a busy machine answers too late, it is unknown, and asked again."""

    def heard() -> object:
        client = stack.start_client("load", "--warmup-s", "0", "--duration-s", "0.1", ECHO_LOG_LEVEL="warning")
        assert exit_code(client) == 0, stderr(client)
        return result(client)["server"]

    assert wait_until(heard, "the server says in time how it is run") == {"log_level": "warning", "watched": False}


def test_a_load_needs_less_than_half_of_its_memory(stack: Stack) -> None:
    """Compose gives it 256 MiB: with 96 of them it measures as fast as it can, and prints its result."""
    flags = ("load", "--connections", "50", "--pipeline", "4", "--duration-s", "6")
    environment = {"ECHO_HOST": "server", "ECHO_LOG_FORMAT": "json", "ECHO_LOG_LEVEL": "warning"}
    limits = {"mem_limit": _LESS_MEMORY, "memswap_limit": _LESS_MEMORY, "read_only": True}
    client = stack.start_program(image_of("client"), flags, environment, None, **limits)
    assert exit_code(client) == 0, stderr(client)
    document = result(client)
    assert document["messages_verified"] == document["messages_due"] == document["latency_us"]["count"] > 0
    assert not is_out_of_memory(client)


@pytest.mark.parametrize(
    "flags",
    [
        ("--connections", "2", "--size-bytes", str(64 * 2**20)),
        ("--connections", "50", "--size-bytes", "1"),
        ("--connections", "10", "--pipeline", "64"),
        ("--connections", "2", "--pipeline", "64", "--size-bytes", str(2**20)),
        pytest.param(("--connections", "10000", "--connect-timeout-s", "30"), marks=pytest.mark.alone),
    ],
    ids=["64 MiB", "1 B", "pipelined", "pipelined 1 MiB", "10,000 connections"],
)
def test_no_size_and_no_number_is_too_much(stack: Stack, flags: tuple[str, ...]) -> None:
    """Every byte comes back, and both ends stay within the memory that Compose gives them."""
    stack.compose("run", "--detach", "--no-deps", "client", "load", "--duration-s", "3", "--timeout-s", "30", *flags)
    (client,) = stack.service("client")
    assert exit_code(client, within_s=90) == 0, stderr(client)
    document = result(client)
    assert document["errors"] == {}
    assert 0 < document["messages_verified"] == document["messages_sent"]
    assert not is_out_of_memory(client)
    assert not is_out_of_memory(stack.server)
    client.remove()
    assert metrics_at_rest(stack)
