"""Peers that reset their connection, at every stage of its life."""

import signal

import pytest

from tests.e2e.harness.containers import closed_connections, events, exit_code, wait_for_event, wait_for_line
from tests.e2e.harness.observing import metrics, metrics_at_rest
from tests.e2e.harness.processes import send, workers
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "info"}

_RESET = 'echo_connections_closed_total{reason="reset"}'


@pytest.mark.parametrize("stage", ["mid_message", "after_half_close"])
def test_a_peer_that_resets_costs_its_own_connection(stack: Stack, stage: str) -> None:
    """A hundred connections reset with their echo under way are counted as such, and the next client is served."""
    before = metrics(stack)[_RESET]
    assert exit_code(stack.start_peer("python3", "resets.py", "server", stage, "100")) == 0
    wait_until(lambda: metrics(stack)[_RESET] >= before + 100, "all are counted")
    _assert_unharmed(stack)


def test_a_peer_that_resets_before_it_is_accepted_costs_nothing(stack: Stack) -> None:
    """Connections that were reset in the accept queue are cleared away when the server comes to them."""
    reset = metrics(stack)[_RESET]
    (worker,) = workers(stack.server)
    before = len(closed_connections(stack.server))
    send(stack.server, signal.SIGSTOP, worker.pid)
    assert exit_code(stack.start_peer("python3", "resets.py", "server", "at_once", "100")) == 0
    assert metrics(stack)[_RESET] == reset
    send(stack.server, signal.SIGCONT, worker.pid)
    wait_until(lambda: _queue_is_empty(metrics(stack)), "the queue is empty")

    def is_all_told() -> bool:
        accepted = closed_connections(stack.server)[before:]
        assert {event["ended"] for event in accepted} <= {"ECONNRESET"}
        # The health check, whose connections are counted, too, gives up each half minute until it is answered.
        return metrics(stack)[_RESET] - reset - len(accepted) in range(5)

    wait_until(is_all_told, "what is counted is in the log")
    _assert_unharmed(stack)


def test_a_peer_that_resets_in_the_drain_is_not_a_connection_that_was_cut(start_stack: StartStack) -> None:
    """The drain ends when the last peers have gone, whoever went first: nothing is cut, and the server exits with 0."""
    stack = start_stack(ECHO_LOG_LEVEL="info", ECHO_SERVER_DRAIN_TIMEOUT_S="60")
    server = stack.server
    peer = stack.start_peer("python3", "resets.py", "server", "on_signal", "100")
    wait_for_line(peer, "open")
    server.kill("SIGTERM")
    wait_for_event(server, "drain_started")
    peer.kill("SIGTERM")
    assert exit_code(server, within_s=30) == 0
    assert events(server, "server_stopped")[0]["cut"] == 0
    assert len(events(server, "connection_closed", ended="ECONNRESET")) == 100


def _assert_unharmed(stack: Stack) -> None:
    assert exit_code(stack.start_client("--size-bytes", "1000000")) == 0
    assert metrics_at_rest(stack)
    noteworthy = {event["event"] for event in events(stack.server)}
    assert noteworthy == {"server_listening", "connection_closed"}


def _queue_is_empty(now: dict[str, float]) -> bool:
    queues = [value for name, value in now.items() if name.startswith("echo_accept_queue_length{")]
    return not any(queues) and now["echo_connections_open"] == 0
