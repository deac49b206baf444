"""What keeps a connection open: progress, however slow, and nothing else."""

from tests.e2e.harness.containers import Event, closed_connections, exit_code
from tests.e2e.harness.observing import metrics
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

# A byte is due each second: it may be three seconds late. All of them take twice as long as silence may.
_IDLE_TIMEOUT_S = 4
_BYTES = 9

ENVIRONMENT = {"ECHO_LOG_LEVEL": "info", "ECHO_SERVER_IDLE_TIMEOUT_S": str(_IDLE_TIMEOUT_S)}


def test_a_byte_a_second_is_progress_and_silence_is_not(stack: Stack) -> None:
    """A peer that sends a byte a second outlives the idle time-out; one that is silent, or never reads, does not."""
    slow = stack.start_peer("python3", "byte_by_byte.py", "server", str(_BYTES), "1")
    silent = stack.start_peer("python3", "silent.py", "server")
    stack.start_peer("python3", "never_reads.py", "server")
    assert exit_code(silent) == 0  # it got the server's FIN, and not an RST
    assert exit_code(slow) == 0
    closed = wait_until(lambda: _ends(stack, 3), "all three are closed")
    by_bytes = {event["received_bytes"]: event for event in closed}
    progress, silence = by_bytes.pop(_BYTES), by_bytes.pop(1)
    (stuck,) = by_bytes.values()
    assert progress["ended"] == "peer_finished"
    assert progress["duration_ms"] > _IDLE_TIMEOUT_S * 1000
    assert silence["ended"] == stuck["ended"] == "idle_timeout"
    # The kernel counts from the handshake, the log from accept(), which comes later.
    assert _IDLE_TIMEOUT_S * 500 < silence["duration_ms"] < progress["duration_ms"]
    assert metrics(stack)['echo_connections_closed_total{reason="idle_timeout"}'] == 2


def _ends(stack: Stack, count: int) -> list[Event]:
    closed = closed_connections(stack.server)
    return closed if len(closed) == count else []
