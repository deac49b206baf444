"""What keeps a connection open: progress, however slow, and nothing else."""

from tests.e2e.harness.containers import Event, address, closed_connections, exit_code, wait_for_event
from tests.e2e.harness.observing import metrics
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "info", "ECHO_SERVER_IDLE_TIMEOUT_S": "2"}


def test_a_byte_a_second_is_progress_and_silence_is_not(stack: Stack) -> None:
    """A peer that sends a byte a second outlives the idle time-out; one that is silent, or never reads, does not."""
    slow = stack.start_peer("python3", "byte_by_byte.py", "server", "5", "1")
    silent = stack.start_peer("python3", "silent.py", "server")
    stuck = stack.start_peer("python3", "never_reads.py", "server")
    addresses = {address(peer): peer for peer in (slow, silent, stuck)}
    assert exit_code(silent) == 0  # it got the server's FIN, and not an RST
    assert exit_code(slow) == 0
    wait_for_event(stack.server, "connection_closed", ended="peer_finished", received_bytes=5)
    closed = wait_until(lambda: _ends(stack, len(addresses)), "all three are closed")
    ended = {addresses[event["peer"].rpartition(":")[0]]: (event["ended"], event["duration_ms"]) for event in closed}
    assert ended[slow][0] == "peer_finished"
    assert ended[slow][1] > 2 * 2000
    assert ended[silent][0] == ended[stuck][0] == "idle_timeout"
    # The kernel counts from the handshake, the log from accept(), which comes later.
    assert 1000 < ended[silent][1] < ended[slow][1]
    assert metrics(stack)['echo_connections_closed_total{reason="idle_timeout"}'] == 2


def _ends(stack: Stack, count: int) -> list[Event]:
    closed = closed_connections(stack.server)
    return closed if len(closed) == count else []
