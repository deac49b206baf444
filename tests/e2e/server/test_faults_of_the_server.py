"""A server that is killed, frozen or restarted: what a client in the middle of it does."""

from docker.models.containers import Container

from tests.e2e.harness.containers import events, exit_code, result, wait_for_event
from tests.e2e.harness.processes import freeze
from tests.e2e.harness.stack import StartStack
from tests.e2e.harness.waiting import wait_until

_ENDLESS = ("--size-bytes", str(2**40))


def test_a_killed_server_fails_the_session_at_once(start_stack: StartStack) -> None:
    """A client in mid-session exits with 1 as soon as the server's kernel has closed the connection, and says so."""
    stack = start_stack(ECHO_LOG_LEVEL="info")
    client = stack.start_client(*_ENDLESS, "--timeout-s", "60")
    wait_for_event(client, "bytes_received")
    stack.server.kill()
    assert exit_code(client, within_s=30) == 1  # half of its time-out
    (failed,) = events(client, "session_failed")
    # RST or FIN: it depends on whether the server had unread bytes at that moment.
    assert failed["kind"] in {"reset", "closed_early"}
    assert result(client)["errors"] == {failed["kind"]: 1}


def test_a_session_goes_on_when_a_frozen_server_wakes_up(start_stack: StartStack) -> None:
    """A pause shorter than the client's deadline costs time and nothing else."""
    stack = start_stack()
    server = stack.server
    freeze(server)
    client = stack.start_client("--timeout-s", "60")
    # The kernel of a frozen server still completes the handshake and takes the bytes.
    wait_for_event(client, "bytes_sent")
    assert events(client, "bytes_received") == []
    server.unpause()
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 1


def test_a_frozen_server_fails_the_session_at_the_clients_deadline(start_stack: StartStack) -> None:
    """A pause longer than the client's deadline is a time-out, exit 1, with how far the session had come."""
    stack = start_stack()
    server = stack.server
    freeze(server)
    client = stack.start_client("--timeout-s", "0.5")
    assert exit_code(client) == 1
    (failed,) = events(client, "session_failed")
    assert failed["kind"] == "timed_out"
    assert "no progress for 0.5 s (sent 5 of 5 bytes, received 0)" in failed["why"]


def test_a_server_serves_again_after_it_was_frozen(start_stack: StartStack) -> None:
    """Awake, the server finishes with the client that gave up, and serves the next one."""
    stack = start_stack()
    server = stack.server
    freeze(server)
    impatient = stack.start_client("--timeout-s", "0.5")
    assert exit_code(impatient) == 1
    server.unpause()
    (connected,) = events(impatient, "connection_established")
    wait_for_event(server, "connection_closed", peer=connected["local"])
    assert exit_code(stack.start_client()) == 0


def test_a_client_alone_retries_until_the_server_is_there(start_stack: StartStack) -> None:
    """Started while the server is down, a client needs no start order: it tries again until it gets its echo."""
    stack = start_stack()
    server = stack.server
    server.stop()
    client = stack.start_client("--connect-timeout-s", "60")
    wait_until(lambda: len(events(client, "connect_failed")) >= 3, "the client has tried three times")
    server.start()
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 1


def test_a_client_gives_up_at_its_connect_deadline(start_stack: StartStack) -> None:
    """Without a server a client exits with 1, says how often it tried, and what the last answer was."""
    stack = start_stack()
    stack.server.stop()
    client = stack.start_client("--connect-timeout-s", "3")
    assert exit_code(client) == 1
    (failed,) = events(client, "session_failed")
    assert failed["kind"] == "refused"  # by the kernel of its network, which is still there
    assert "no connection to server:5000 within 3 s" in failed["why"]


def test_a_restart_costs_no_session(start_stack: StartStack) -> None:
    """Clients with one session after another see a restart of the server only as a delay."""
    # Time enough for a client that stands still for a while: a peer that is silent for a quarter of it is let go.
    stack = start_stack(ECHO_LOG_LEVEL="info", ECHO_SERVER_DRAIN_TIMEOUT_S="40")
    server = stack.server
    endless = ("--sessions", "0", "--interval-s", "0", "--size-bytes", "100000")
    patience = ("--connect-timeout-s", "60", "--timeout-s", "60")
    clients = [stack.start_client(*endless, *patience, ECHO_LOG_LEVEL="info") for _ in range(4)]
    for client in clients:
        wait_for_event(client, "session_completed")
    server.restart(timeout=50)
    server.reload()
    restarted_at = server.attrs["State"]["StartedAt"]
    for client in clients:
        wait_until(lambda: _completed_after(restarted_at, client), f"{client.name} has sessions again")  # noqa: B023
        client.stop()
        assert exit_code(client) == 143
        document = result(client)
        assert (document["sessions_failed"], document["errors"]) == (0, {})
    assert events(server, "server_stopped")[0]["cut"] == 0


def _completed_after(moment: str, client: Container) -> bool:
    return any(event["timestamp"] > moment for event in events(client, "session_completed"))
