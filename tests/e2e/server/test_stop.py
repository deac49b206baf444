"""`docker stop`: the server finishes what it has begun, and tells when it could not."""

import pytest

from tests.e2e.harness.containers import (
    closed_connections,
    events,
    execute,
    exit_code,
    result,
    wait_for_event,
    wait_for_line,
    wait_for_report,
)
from tests.e2e.harness.processes import freeze
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stop_under_load_loses_no_byte(start_stack: StartStack, workers: str) -> None:
    """Every session that was connected ends verified, every later one is refused, and the server exits with 0."""
    # Time enough for a load that stands still for a while: a peer that is silent for a quarter of it is let go.
    stack = start_stack(ECHO_LOG_LEVEL="info", ECHO_SERVER_WORKERS=workers, ECHO_SERVER_DRAIN_TIMEOUT_S="40")
    server = stack.server
    load = stack.start_peer("python3", "load.py", "server", "32")
    wait_for_line(load, "running")
    server.stop(timeout=50)
    assert exit_code(server) == 0
    assert exit_code(load) == 0
    report = wait_for_report(load)
    assert report["failures"] == []
    assert report["ended"] == {"ConnectionRefusedError": 32}
    (stopped,) = events(server, "server_stopped")
    assert stopped["cut"] == 0
    assert stopped["received_bytes"] == stopped["sent_bytes"]


def test_an_open_connection_in_silence_does_not_hold_up_a_stop(start_stack: StartStack) -> None:
    """A peer that says nothing more is told by the server's FIN that it is over, and nothing is cut."""
    stack = start_stack()
    server = stack.server
    peer = stack.start_peer("python3", "silent.py", "server")
    wait_for_line(peer, "open")
    server.stop()
    assert exit_code(peer) == 0
    assert exit_code(server) == 0
    assert events(server, "server_stopped")[0]["cut"] == 0


def test_a_stop_that_has_to_cut_a_connection_says_so(start_stack: StartStack) -> None:
    """At the drain's deadline what is left is closed, counted as cut, and the server exits with 1."""
    stack = start_stack(ECHO_LOG_LEVEL="info", ECHO_SERVER_DRAIN_TIMEOUT_S="1")
    server = stack.server
    peer = stack.start_peer("python3", "never_reads.py", "server")
    wait_until(lambda: peer.logs(stderr=False), "the peer stands still")
    server.stop()
    assert exit_code(server) == 1
    assert events(server, "server_stopped")[0]["cut"] == 1
    wait_for_event(server, "connection_closed", ended="drain_timeout")


def test_an_idle_server_stops_at_once(start_stack: StartStack) -> None:
    """With nothing to finish, SIGTERM ends the server well before the drain's time-out."""
    server = start_stack(ECHO_SERVER_DRAIN_TIMEOUT_S="60").server
    server.kill("SIGTERM")
    assert exit_code(server, within_s=30) == 0


def test_ctrl_c_drains_like_a_stop(start_stack: StartStack) -> None:
    """SIGINT is answered as SIGTERM is."""
    server = start_stack(ECHO_SERVER_DRAIN_TIMEOUT_S="60").server
    server.kill("SIGINT")
    assert exit_code(server, within_s=30) == 0
    assert [event["event"] for event in events(server)][-2:] == ["drain_started", "server_stopped"]


@pytest.mark.parametrize(("signal", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_an_interrupted_client_still_prints_its_result(stack: Stack, signal: str, code: int) -> None:
    """A client that is told to end says by its exit code what ended it, and prints the document of what it did."""
    client = stack.start_client("--sessions", "0", "--interval-s", "60")
    wait_for_event(client, "session_completed")
    client.kill(signal)
    assert exit_code(client) == code
    document = result(client)
    assert (document["sessions"], document["messages_verified"], document["errors"]) == (1, 1, {})


def test_a_stop_serves_whoever_is_in_the_accept_queue(start_stack: StartStack) -> None:
    """Connections that the kernel has made and the server has not yet accepted when the signal comes are all served."""
    stack = start_stack(ECHO_LOG_LEVEL="info")
    server = stack.server
    freeze(server)
    peer = stack.start_peer("python3", "queued.py", "server", "200")  # more than the server accepts in one turn
    wait_for_line(peer, "queued")
    server.stop()  # the engine wakes a frozen container to let it see the signal
    assert exit_code(peer) == 0
    assert exit_code(server) == 0
    assert len(closed_connections(server)) == 200


def test_from_the_signal_on_new_connections_are_refused(start_stack: StartStack) -> None:
    """Even while the server has no slot, and its listener stays open for those that wait, nobody joins them."""
    stack = start_stack(ECHO_SERVER_MAX_CONNECTIONS="1", ECHO_SERVER_DRAIN_TIMEOUT_S="400", ECHO_LOG_LEVEL="info")
    server = stack.server
    holder = stack.start_peer("python3", "silent.py", "server")
    wait_for_line(holder, "open")
    connect = ("python3", "byte_by_byte.py", "server", "0")
    assert execute(stack.bystander, *connect)[0] == 0
    server.kill("SIGTERM")
    wait_until(lambda: execute(stack.bystander, *connect)[0] == 1, "the worker has heard of it")
    client = stack.start_client("--connect-timeout-s", "3")
    assert exit_code(client) == 1
    assert result(client)["errors"] == {"refused": 1}
    holder.kill()
    assert exit_code(server) == 0
