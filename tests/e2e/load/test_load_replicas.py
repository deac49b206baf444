"""Many replicas of the load, one answer: started together, merged exactly, and equal to what the server counted."""

import json
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest
from docker.models.containers import Container

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.containers import closed_connections, exit_code, result, stderr
from tests.e2e.harness.observing import metrics_at_rest
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "info"}

_REPLICAS = 4


def _load(stack: Stack, replicas: int, **environment: str) -> list[Container]:
    """Start replicas of the client as `make load` does; return them."""
    scale = ("up", "--detach", "--no-deps", "--scale", f"client={replicas}", "client")
    # A busy machine takes its time to start all of them.
    environment = {"ECHO_LOAD_CONNECT_TIMEOUT_S": "60", **environment}
    stack.compose(*scale, CLIENT_COMMAND="load", ECHO_LOAD_DURATION_S="2", ECHO_LOG_LEVEL="info", **environment)
    return stack.service("client")


def _report(logs: bytes, *flags: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "services.client", "report", *flags, "-"]
    return subprocess.run(command, cwd=REPOSITORY, input=logs, capture_output=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def documents(stack: Stack) -> list[dict[str, Any]]:
    """Return what four replicas printed, each with 500 messages a second."""
    clients = _load(stack, _REPLICAS, ECHO_LOAD_EXPECT_CLIENTS=str(_REPLICAS), ECHO_LOAD_RATE="500")
    assert [exit_code(client) for client in clients] == [0] * _REPLICAS, [stderr(client) for client in clients]
    return [result(client) for client in clients]


@pytest.fixture(scope="module")
def merged(stack: Stack, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the report of all replicas, read from `docker compose logs`."""
    assert documents
    logs = stack.compose("logs", "--no-log-prefix", "client").stdout
    done = _report(logs.encode(), "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_replicas_begin_to_measure_together(stack: Stack, documents: list[dict[str, Any]]) -> None:
    """Nobody measures while another is still on its way: the last to come is there when the first begins."""
    began = sorted(datetime.fromisoformat(document["started_at"]) for document in documents)
    came = [datetime.fromisoformat(client.attrs["State"]["StartedAt"]) for client in stack.service("client")]
    assert max(came) < began[0]
    # At the agreed moment the processor may not be free for one of them; but all were under way at once.
    ended = [datetime.fromisoformat(document["ended_at"]) for document in documents]
    assert (began[-2] - began[0]).total_seconds() < 1
    assert began[-1] < min(ended)


def test_the_report_is_the_sum_of_its_replicas(merged: dict[str, Any], documents: list[dict[str, Any]]) -> None:
    """Counts are added, and the histogram has every message of every replica."""
    for name in ("sessions", "messages_due", "messages_verified", "bytes_sent", "bytes_verified"):
        assert merged[name] == sum(document[name] for document in documents)
    assert merged["messages_verified"] == merged["latency_us"]["count"] == _REPLICAS * 2 * 500
    assert merged["latency_us"]["max"] == max(document["latency_us"]["max"] for document in documents)
    assert len(merged["replicas"]) == _REPLICAS


def test_the_report_agrees_with_the_server_to_the_byte(stack: Stack, merged: dict[str, Any]) -> None:
    """What the replicas sent, the warm-up included, is what the server counted, and what it sent back."""
    counted = metrics_at_rest(stack)
    sent_bytes = merged["bytes_sent"] + merged["warmup"]["bytes_sent"]

    def is_logged() -> bool:
        return bool(sum(event["received_bytes"] for event in closed_connections(stack.server)) == sent_bytes)

    wait_until(is_logged, f"connections of {sent_bytes} bytes are logged")
    health_bytes = counted["echo_received_bytes_total"] - sent_bytes
    # The health check's messages are of 8 bytes, and nobody else was there.
    assert health_bytes == 8 * (counted["echo_connections_accepted_total"] - merged["sessions"])
    assert counted["echo_received_bytes_total"] == counted["echo_sent_bytes_total"]


def test_a_replica_that_never_comes_is_a_clear_error(start_stack: StartStack) -> None:
    """Who waits for it gives up at the connect deadline, says how many came, and exits with 1; so does the report."""
    stack = start_stack(ECHO_LOG_LEVEL="warning")
    clients = _load(stack, 2, ECHO_LOAD_EXPECT_CLIENTS="3", ECHO_LOAD_CONNECT_TIMEOUT_S="15")
    assert [exit_code(client) for client in clients] == [1, 1]
    said = [stderr(client) for client in clients]
    assert all("of 3 replicas came within 15 s" in one for one in said)
    # The last to give up may have forgotten the other by then.
    assert any("2 of 3 replicas came" in one for one in said)
    logs = stack.compose("logs", "client").stdout
    done = _report(logs.encode(), "--json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert [row["replica"] for row in report["replicas"]] in (["client-1", "client-2"], ["client-2", "client-1"])
    assert report["notes"][0].startswith("2 of 3 replicas reported: client-3 is missing")
