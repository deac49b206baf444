"""A peer that dies, loses its network or never reads: what that costs the server, and the other peers."""

from tests.e2e.harness.compose import image_of
from tests.e2e.harness.containers import (
    address,
    closed_connections,
    events,
    exit_code,
    result,
    wait_for_event,
    wait_for_line,
)
from tests.e2e.harness.processes import workers
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until

_ENDLESS = ("--size-bytes", str(2**40))


def test_a_client_killed_in_mid_session_costs_one_log_line(start_stack: StartStack) -> None:
    """The server closes that connection, says how it ended, and serves the next client."""
    stack = start_stack(ECHO_LOG_LEVEL="info")
    # In the network of another container: its own would go with it, before its kernel has said to all that it is gone.
    endless = {"ECHO_CLIENT_SIZE_BYTES": str(2**40), "ECHO_LOG_LEVEL": "debug"}
    client = stack.start_beside(stack.bystander, image_of("client"), ECHO_HOST="server", **endless)
    wait_for_event(client, "bytes_received")
    (connected,) = events(client, "connection_established")
    client.kill()
    closed = wait_for_event(stack.server, "connection_closed", peer=connected["local"])
    # How the kernel ends the connection of a process that is gone depends on what was under way: RST or FIN.
    assert closed["ended"] in {"ECONNRESET", "EPIPE", "peer_finished"}
    assert exit_code(stack.start_client()) == 0
    assert {event["event"] for event in events(stack.server)} == {"server_listening", "connection_closed"}


def test_a_client_cut_off_from_the_network_times_out(start_stack: StartStack) -> None:
    """A client that loses its network in mid-session notices by its own deadline: exit 1, a clear error."""
    stack = start_stack(ECHO_LOG_LEVEL="info")
    client = stack.start_client(*_ENDLESS, "--timeout-s", "5")
    wait_for_event(client, "bytes_received")
    stack.network.disconnect(client)
    assert exit_code(client) == 1
    assert result(client)["errors"] == {"timed_out": 1}


def test_the_server_lets_go_of_a_peer_that_was_cut_off(start_stack: StartStack) -> None:
    """A connection whose other end has vanished without a word ends by the idle time-out."""
    # Long enough to cut the peer off before.
    stack = start_stack(ECHO_SERVER_IDLE_TIMEOUT_S="8", ECHO_LOG_LEVEL="info")
    peer = stack.start_peer("python3", "silent.py", "server")
    peer_address = address(peer)
    wait_for_line(peer, "open")
    stack.network.disconnect(peer)
    (closed,) = wait_until(lambda: closed_connections(stack.server), "the server closes the connection")
    assert closed["peer"].startswith(f"{peer_address}:")
    assert closed["ended"] == "idle_timeout"


def test_sessions_fail_without_a_network_and_succeed_with_it_again(start_stack: StartStack) -> None:
    """A client that is disconnected and connected again fails sessions in between, and none after."""
    stack = start_stack()
    network = stack.network
    client = stack.start_client(*("--sessions", "0", "--interval-s", "0.1", "--connect-timeout-s", "0.5"))
    wait_for_event(client, "session_completed")
    network.disconnect(client)
    wait_for_event(client, "session_failed", kind="unreachable")
    network.connect(client)
    wait_until(lambda: events(client)[-1]["event"] == "session_completed", "sessions succeed again")
    client.stop()
    assert exit_code(client) == 143


def test_a_client_finds_a_server_that_was_disconnected_for_a_while(start_stack: StartStack) -> None:
    """Started while the server has no network, a client retries, and has its echo once the server is back."""
    stack = start_stack()
    network, server = stack.network, stack.netns
    network.disconnect(server)
    client = stack.start_client("--connect-timeout-s", "60")
    wait_for_event(client, "connect_failed")
    network.connect(server, aliases=["server"])
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 1


def test_a_peer_that_never_reads_does_not_hold_up_the_others(start_stack: StartStack) -> None:
    """Beside a connection on which nothing moves any more, other clients get all their bytes."""
    stack = start_stack(ECHO_LOG_LEVEL="info")
    stuck = stack.start_peer("python3", "never_reads.py", "server")
    wait_until(lambda: stuck.logs(stderr=False), "the peer stands still")
    clients = [stack.start_client("--size-bytes", "10000000", ECHO_LOG_LEVEL="info") for _ in range(3)]
    assert [exit_code(client) for client in clients] == [0, 0, 0]
    assert [result(client)["bytes_verified"] for client in clients] == [10_000_000] * 3


def test_a_peer_that_never_reads_costs_the_server_no_memory_of_its_own(stack: Stack) -> None:
    """The server stops reading from such a peer: what is under way stays in the kernels' socket buffers."""
    before = _resident_kib(stack)
    stuck = stack.start_peer("python3", "never_reads.py", "server")
    sent_bytes = int(wait_until(lambda: stuck.logs(stderr=False), "the peer stands still"))
    assert sent_bytes > 100_000  # there was something to hold
    assert _resident_kib(stack) - before < 1024


def _resident_kib(stack: Stack) -> int:
    (worker,) = workers(stack.server)
    return worker.resident_kib
