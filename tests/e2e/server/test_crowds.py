"""Thousands of peers at once, idle, stuck or half there: within the memory limit, and no harm to anyone else."""

import ipaddress

import pytest

from tests.e2e.harness.containers import end_report, exit_code, read, result, wait_for_report
from tests.e2e.harness.observing import is_out_of_memory, memory_bytes, memory_limit_bytes, metrics, metrics_at_rest
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until

ENVIRONMENT = {"ECHO_LOG_LEVEL": "warning"}

_SYN_RECEIVED = " 03 "  # the state in /proc/net/tcp6


def test_five_thousand_idle_connections_are_held_while_others_are_echoed(stack: Stack) -> None:
    """Beside them a client is served; each is still there at the end, and still echoes."""
    crowd = stack.start_peer("python3", "crowd.py", "server", "5000")
    assert wait_for_report(crowd) == {"open": 5000, "refused": 0}
    assert metrics(stack)["echo_connections_open"] >= 5000  # the health check may have one
    assert exit_code(stack.start_client("--size-bytes", "10000000", ECHO_LOG_LEVEL="info")) == 0
    assert memory_bytes(stack.server) < memory_limit_bytes(stack.server) / 2
    assert end_report(crowd) == {"echoed": 5000, "dead_ports": []}
    assert metrics_at_rest(stack)


@pytest.mark.parametrize("level", ["warning", "debug"], ids=["spliced", "copied"])
def test_a_thousand_peers_that_never_read_stay_within_the_memory_limit(start_stack: StartStack, level: str) -> None:
    """Each is owed something, another client's session is unharmed, and nobody is killed for the memory."""
    stack = start_stack(ECHO_LOG_LEVEL=level)
    stuck = stack.start_peer("python3", "never_reads.py", "server", "1000", "4096")
    sent_bytes = int(wait_until(lambda: stuck.logs(stderr=False), "the peers stand still", within_s=60))
    counted = metrics(stack)
    assert counted["echo_connections_open"] >= 1000
    # More than both sides' socket buffers were given: the server has taken from each what it will take.
    owed_bytes = counted["echo_received_bytes_total"] - counted["echo_sent_bytes_total"]
    assert 1000 <= owed_bytes <= 1000 * 65_536
    assert sent_bytes > counted["echo_received_bytes_total"]
    client = stack.start_client("--size-bytes", "10000000", ECHO_LOG_LEVEL="info")
    assert exit_code(client) == 0
    assert result(client)["bytes_verified"] == 10_000_000
    assert memory_bytes(stack.server) < memory_limit_bytes(stack.server)
    assert not is_out_of_memory(stack.server)
    stuck.kill()
    assert metrics_at_rest(stack)


def test_handshakes_that_nobody_finishes_do_not_keep_others_out(stack: Stack) -> None:
    """SYNs with no more, three times what the queue holds, cost the server no connection, and a client its echo."""
    accepted = metrics(stack)["echo_connections_accepted_total"]
    (pool,) = stack.network.attrs["IPAM"]["Config"]
    nobody = str(ipaddress.ip_network(pool["Subnet"])[-2])
    peer = stack.start_peer("python3", "syn.py", "server", nobody, "3000", user="0:0")
    wait_until(lambda: _half_done(stack) > 500, "many handshakes are half done")
    assert exit_code(stack.start_client()) == 0
    wait_until(lambda: _half_done(stack) > 500, "they still are")
    peer.kill()
    # The client's, and what the health check meanwhile asks for.
    assert accepted + 1 <= metrics(stack)["echo_connections_accepted_total"] < accepted + 100


def _half_done(stack: Stack) -> int:
    return read(stack.server, "/proc/net/tcp6").count(_SYN_RECEIVED)
