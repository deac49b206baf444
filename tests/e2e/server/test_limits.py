"""How many a server serves at once: by its limits, and by its descriptors."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.containers import Event, end_report, events, execute, exit_code, wait_for_event, wait_for_report
from tests.e2e.harness.observing import metrics
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until

_MAX, _MAX_PER_PEER = 40, 20

ENVIRONMENT = {
    "ECHO_LOG_LEVEL": "info",
    "ECHO_SERVER_MAX_CONNECTIONS": str(_MAX),
    "ECHO_SERVER_MAX_CONNECTIONS_PER_PEER": str(_MAX_PER_PEER),
}

# A server starts with 67 or more. With its pipe, epoll, listener, signals and standard files a worker has room for
# about 60 connections.
_DESCRIPTORS = 70
_OVERRIDE = f"services: {{server: {{ulimits: {{nofile: {_DESCRIPTORS}}}}}}}\n"


def test_without_a_slot_a_connection_waits_in_the_kernels_queue(stack: Stack) -> None:
    """At ECHO_SERVER_MAX_CONNECTIONS a client is connected and not refused; it gets its echo when a slot is free."""
    crowds = [stack.start_peer("python3", "crowd.py", "server", str(_MAX_PER_PEER)) for _ in range(2)]
    assert [wait_for_report(crowd)["open"] for crowd in crowds] == [_MAX_PER_PEER] * 2
    waiting = stack.start_client("--timeout-s", "120")
    wait_for_event(waiting, "bytes_sent")
    # The health check may have come to wait there as well.
    wait_until(lambda: _queued(stack) >= 1, "it waits")
    assert metrics(stack)["echo_connections_open"] == _MAX
    assert events(waiting, "bytes_received") == []
    assert end_report(crowds[0])["echoed"] == _MAX_PER_PEER
    assert exit_code(waiting) == 0
    assert end_report(crowds[1])["echoed"] == _MAX_PER_PEER


def test_one_peers_too_many_are_reset_and_others_are_served(stack: Stack) -> None:
    """Over ECHO_SERVER_MAX_CONNECTIONS_PER_PEER: closed at once, counted, and logged at most once a second."""
    refused = metrics(stack)["echo_connections_refused_total"]
    crowd = stack.start_peer("python3", "crowd.py", "server", str(_MAX_PER_PEER + 100))
    assert wait_for_report(crowd) == {"open": _MAX_PER_PEER, "refused": 100}
    assert execute(crowd, "python3", "byte_by_byte.py", "server", "1")[0] == 1
    assert exit_code(stack.start_client()) == 0
    assert metrics(stack)["echo_connections_refused_total"] == refused + 101
    logged = wait_until(lambda: _logged_refusals(stack, 101), "every refusal is in the log")
    stamps = [datetime.fromisoformat(event["timestamp"]) for event in logged]
    # Ten of the loop's ticks; those of a process that stands still come late, and close behind one another.
    assert all((after - before).total_seconds() > 0.5 for before, after in pairwise(stamps))
    assert end_report(crowd)["echoed"] == _MAX_PER_PEER


def test_a_server_out_of_descriptors_serves_again_when_it_has_some(start_stack: StartStack, tmp_path: Path) -> None:
    """Connections above `ulimit -n` wait, those that are open go on, one line in the log says so; then all is well."""
    limits = tmp_path / "limits.yml"
    limits.write_text(_OVERRIDE)
    stack = start_stack(ECHO_LOG_LEVEL="info", COMPOSE_FILE=f"{REPOSITORY}/docker-compose.yml:{limits}")
    first = stack.start_peer("python3", "crowd.py", "server", "20")
    assert wait_for_report(first)["open"] == 20
    second = stack.start_peer("python3", "crowd.py", "server", "50")
    overload = wait_for_event(stack.server, "accept_failed")
    assert overload["errno"] == "EMFILE"
    assert 20 < overload["open_connections"] < _DESCRIPTORS
    # One of those that are open may be the health check's.
    waiting = 70 - overload["open_connections"]
    wait_until(lambda: _queued(stack) >= waiting, "all others wait")
    assert end_report(first) == {"echoed": 20, "dead_ports": []}
    assert wait_for_report(second) == {"open": 50, "refused": 0}
    assert end_report(second) == {"echoed": 50, "dead_ports": []}
    assert exit_code(stack.start_client("--size-bytes", "1000000")) == 0
    assert len(events(stack.server, "accept_failed")) == 1


def _queued(stack: Stack) -> float:
    lengths = metrics(stack).items()
    return sum(value for name, value in lengths if name.startswith("echo_accept_queue_length{"))


def _logged_refusals(stack: Stack, count: int) -> list[Event]:
    logged = events(stack.server, "connections_refused")
    return logged if sum(event["count"] for event in logged) == count else []
