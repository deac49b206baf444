"""Two workers on one port: what becomes of the whole when one is killed or frozen."""

import signal

from tests.e2e.harness.containers import (
    end_report,
    events,
    exit_code,
    result,
    wait_for_event,
    wait_for_line,
    wait_for_report,
)
from tests.e2e.harness.observing import get, metrics, metrics_at_rest
from tests.e2e.harness.processes import peer_ports, send, supervisor, workers
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "info", "ECHO_SERVER_WORKERS": "2"}

_TOTALS = ("echo_connections_accepted_total", "echo_received_bytes_total", "echo_sent_bytes_total")


def test_a_worker_that_is_killed_under_load_takes_its_own_connections_and_no_other(stack: Stack) -> None:
    """The other's go on, new ones are served, the restart is counted, and the totals go on from where they were."""
    server = stack.server
    crowd = stack.start_peer("python3", "crowd.py", "server", "200")
    assert wait_for_report(crowd)["open"] == 200
    load = stack.start_peer("python3", "load.py", "server", "16")
    wait_for_line(load, "running")
    victim, other = workers(server)
    held = peer_ports(server, victim)
    before = metrics(stack)
    send(server, signal.SIGKILL, victim.pid)
    wait_for_event(server, "worker_died", exit_code=-signal.SIGKILL)
    wait_until(lambda: metrics(stack)["echo_worker_restarts_total"] == 1, "the restart is counted")
    wait_until(lambda: {other.pid} < set(_pids(stack)), "the worker is replaced")
    assert exit_code(stack.start_client("--sessions", "20", "--interval-s", "0")) == 0
    survived = end_report(crowd)
    dead = set(survived["dead_ports"])
    assert 0 < len(dead) < 200
    assert dead <= held
    assert survived["echoed"] == 200 - len(dead)
    report = end_report(load)
    assert len(report["failures"]) <= 17  # a worker of the load has one session, and there is the steady one
    after = metrics_at_rest(stack)
    assert all(after[total] > before[total] for total in _TOTALS)
    # The signal may have come between accept() and its count.
    assert after['echo_connections_closed_total{reason="error"}'] >= len(dead) + len(report["failures"]) - 1


def test_a_worker_that_is_told_to_go_is_replaced_and_costs_no_session(stack: Stack) -> None:
    """SIGTERM to one worker: clients with one session after another see nothing of it, and /healthz stays well."""
    server = stack.server
    restarts = metrics(stack)["echo_worker_restarts_total"]
    flags = ("--sessions", "0", "--interval-s", "0", "--timeout-s", "60")
    clients = [stack.start_client(*flags, ECHO_LOG_LEVEL="info") for _ in range(4)]
    for client in clients:
        wait_for_event(client, "session_completed")
    victim, other = workers(server)
    send(server, signal.SIGTERM, victim.pid)
    wait_for_event(server, "worker_left", exit_code=0)
    wait_until(lambda: len(_pids(stack)) == 2 and victim.pid not in _pids(stack), "the worker is replaced")
    assert other.pid in _pids(stack)
    (successor,) = set(_pids(stack)) - {other.pid}
    wait_until(lambda: events(server, "connection_closed", pid=successor), "its successor serves")
    for client in clients:
        client.stop()
        assert exit_code(client) == 143
        assert result(client)["sessions_failed"] == 0
    wait_until(lambda: get(stack, "/healthz").status == 200, "it is well")
    assert metrics(stack)["echo_worker_restarts_total"] == restarts + 1


def test_a_frozen_server_goes_on_where_it_stood(stack: Stack) -> None:
    """SIGSTOP: /healthz says that it is stuck, the kernel still takes bytes; SIGCONT: every byte comes back."""
    server = stack.server
    frozen = [supervisor(server), *_pids(stack)]
    load = stack.start_peer("python3", "load.py", "server", "8")
    wait_for_line(load, "running")
    send(server, signal.SIGSTOP, *frozen)
    client = stack.start_client("--timeout-s", "120", ECHO_LOG_LEVEL="debug")
    wait_for_event(client, "bytes_sent")
    wait_until(lambda: get(stack, "/healthz").status == 503, "it is known to be stuck")
    stood_at = metrics(stack)
    assert {name: metrics(stack)[name] for name in _TOTALS} == {name: stood_at[name] for name in _TOTALS}
    assert events(client, "bytes_received") == []
    send(server, signal.SIGCONT, *frozen)
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 1
    assert end_report(load)["failures"] == []
    wait_until(lambda: get(stack, "/healthz").status == 200, "it is well again")


def _pids(stack: Stack) -> list[int]:
    return [worker.pid for worker in workers(stack.server)]
