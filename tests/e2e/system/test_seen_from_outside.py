"""/healthz and /metrics: who can see them, and that they are right over a server's whole life."""

import time

from tests.e2e.harness.containers import (
    closed_connections,
    end_report,
    events,
    exit_code,
    stderr,
    wait_for_line,
    wait_for_report,
)
from tests.e2e.harness.observing import get, metrics, metrics_at_rest
from tests.e2e.harness.processes import freeze
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "info"}

_PAUSE_S = 5

# So that a busy engine, too, reads the server's log as fast as it is written.
_BETWEEN_SESSIONS_S = "0.1"


def test_health_and_metrics_are_for_the_compose_network(stack: Stack) -> None:
    """A container on it can ask for both, on a port that is not published on the host."""
    wait_until(lambda: get(stack, "/healthz").status == 200, "it is well")
    assert get(stack, "/nowhere").status == 404
    assert metrics(stack)["echo_workers"] == 1
    server = stack.server
    assert not server.attrs["HostConfig"]["PortBindings"]
    assert not any(server.attrs["NetworkSettings"]["Ports"].values())


def test_a_server_without_a_port_for_them_echoes_all_the_same(start_stack: StartStack) -> None:
    """ECHO_SERVER_HTTP_PORT=0: nothing is there to be asked."""
    stack = start_stack(ECHO_SERVER_HTTP_PORT="0", ECHO_LOG_LEVEL="info")
    assert exit_code(stack.start_peer("python3", "fetch.py", "server", "/healthz")) == 1
    assert exit_code(stack.start_client()) == 0


def test_slow_peers_cost_nobody_the_metrics(stack: Stack) -> None:
    """Twice as many as are served at once, each sending another byte now and then: all are ended, and others served."""
    slow = stack.start_peer("python3", "slow_http.py", "server", "80")
    wait_for_line(slow, "open")
    assert metrics(stack)["echo_workers"] == 1
    wait_until(lambda: get(stack, "/healthz").status == 200, "it is well")
    assert exit_code(slow) == 0, stderr(slow)
    assert wait_for_report(slow) == {"ended": 80}
    # Every line is JSON: no traceback is among them.
    assert {event["level"] for event in events(stack.server)} == {"info"}


def test_a_container_paused_under_load_brings_every_byte_back(stack: Stack) -> None:
    """Five seconds in which nothing runs, not even the clock of the connections, cost no session."""
    server = stack.server
    load = stack.start_peer("python3", "load.py", "server", "16", _BETWEEN_SESSIONS_S)
    wait_for_line(load, "running")
    freeze(server)
    paused_s = time.monotonic()
    wait_until(lambda: time.monotonic() - paused_s >= _PAUSE_S, "five seconds have passed")
    server.unpause()
    verified = metrics(stack)["echo_connections_accepted_total"]
    wait_until(lambda: metrics(stack)["echo_connections_accepted_total"] > verified + 100, "the load goes on")
    report = end_report(load)
    assert report["failures"] == []
    assert report["ended"] == {}


def test_over_a_servers_life_bytes_in_equal_bytes_out(start_stack: StartStack) -> None:
    """When every connection has ended cleanly, metrics, log and peers agree on how many bytes came and went."""
    stack = start_stack(ECHO_LOG_LEVEL="info", ECHO_SERVER_WORKERS="2")
    server = stack.server
    load = stack.start_peer("python3", "load.py", "server", "16", _BETWEEN_SESSIONS_S)
    crowd = stack.start_peer("python3", "crowd.py", "server", "100")
    half_close = stack.start_peer("python3", "half_close.py", "server", "200000")
    byte_by_byte = stack.start_peer("python3", "byte_by_byte.py", "server", "500")
    assert exit_code(half_close) == exit_code(byte_by_byte) == 0
    wait_for_report(crowd)
    wait_for_line(load, "running")
    assert end_report(crowd)["echoed"] == 100
    echoed_bytes = end_report(load)["verified_bytes"] + 200_000 + 500 + 2 * 100
    seen = metrics_at_rest(stack)
    assert seen["echo_received_bytes_total"] == seen["echo_sent_bytes_total"] >= echoed_bytes
    closed_by_reason = (count for name, count in seen.items() if name.startswith("echo_connections_closed_total{"))
    assert sum(closed_by_reason) == seen["echo_connections_accepted_total"]

    def logged(what: str) -> int:
        return sum(event[what] for event in closed_connections(server))

    def is_logged() -> bool:
        # Lines are dropped while the engine does not read, and this is said: then less has to be there.
        return logged("received_bytes") >= echoed_bytes or bool(events(server, "log_lines_dropped"))

    wait_until(is_logged, "the log has all that the peers have had")
    assert logged("received_bytes") == logged("sent_bytes") <= echoed_bytes
    assert {event["ended"] for event in closed_connections(server)} == {"peer_finished"}
    server.stop()
    assert exit_code(server) == 0
    (stopped,) = events(server, "server_stopped")
    # The health check may have had an echo in between.
    assert stopped["received_bytes"] == stopped["sent_bytes"] >= seen["echo_received_bytes_total"]
