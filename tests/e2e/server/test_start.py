"""`docker compose up`: in what order things start, how soon, and what runs then."""

import signal
from datetime import datetime
from itertools import pairwise

import pytest
from docker.models.containers import Container

from tests.e2e.harness.compose import ComposeFailed
from tests.e2e.harness.containers import events, execute, exit_code, result, stderr, wait_for_event
from tests.e2e.harness.processes import send, workers
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until

# It is about 1 s; without `start_interval` the first probe would be made after 30 s.
_HEALTHY_WITHIN_S = 20


@pytest.fixture(scope="module")
def client(stack: Stack) -> Container:
    """Return the client that `docker compose up` starts, after three sessions."""
    stack.compose("up", "--detach")
    (started,) = stack.service("client")
    wait_until(lambda: len(events(started, "session_completed")) >= 3, "three sessions")
    return started


def test_the_server_is_healthy_soon_after_it_listens(stack: Stack) -> None:
    """Docker knows within seconds, by a real echo, that the server serves."""
    probe = next(probe for probe in stack.server.attrs["State"]["Health"]["Log"] if probe["ExitCode"] == 0)
    (listening,) = events(stack.server, "server_listening")
    waited = datetime.fromisoformat(probe["End"]) - datetime.fromisoformat(listening["timestamp"])
    assert 0 < waited.total_seconds() < _HEALTHY_WITHIN_S


def test_the_health_check_fails_where_nothing_echoes(start_stack: StartStack) -> None:
    """It is an echo that is checked, and not whether somebody listens: of a server that hangs it fails."""
    server = start_stack().server
    check = server.attrs["Config"]["Healthcheck"]["Test"][1:]
    wait_until(lambda: execute(server, *check)[0] == 0, "it succeeds")
    send(server, signal.SIGSTOP, *(worker.pid for worker in workers(server)))
    assert execute(server, *check)[0] == 1


def test_the_health_check_asks_where_the_server_listens(start_stack: StartStack) -> None:
    """Also where a flag has told it: here any free port."""
    stack = start_stack("netns")
    stack.compose("run", "--detach", "server", "--port", "0")
    (server,) = stack.service("server")
    wait_until(lambda: _health(server) == "healthy", "the server is healthy")


def test_a_port_that_nobody_can_know_is_refused_at_once(start_stack: StartStack) -> None:
    """ECHO_PORT=0 under Compose: one line with the reason, exit code 2, before anybody waits for the server."""
    stack = start_stack("netns")
    with pytest.raises(ComposeFailed):
        stack.compose("up", "--detach", "--wait", "server", ECHO_PORT="0")
    assert exit_code(stack.server) == 2
    assert stderr(stack.server).startswith("server: ECHO_PORT is '0': should be a port that clients know")


def _health(server: Container) -> str:
    server.reload()
    return str(server.attrs["State"]["Health"]["Status"])


def test_the_client_starts_when_the_server_is_healthy(stack: Stack, client: Container) -> None:
    """A fresh stack shows no failed attempt: Compose starts the client after the first good health check."""
    probe = next(probe for probe in stack.server.attrs["State"]["Health"]["Log"] if probe["ExitCode"] == 0)
    started_at = client.attrs["State"]["StartedAt"]
    assert datetime.fromisoformat(started_at) > datetime.fromisoformat(probe["End"])
    assert events(client, "connect_failed") == []


def test_the_client_runs_a_session_every_two_seconds(client: Container) -> None:
    """Told nothing, the client that Compose starts goes on with sessions 2 s apart."""
    times = [datetime.fromisoformat(event["timestamp"]) for event in events(client, "session_completed")]
    assert all(2 <= (later - earlier).total_seconds() < 10 for earlier, later in pairwise(times))


def test_one_command_ends_it_all_in_order(start_stack: StartStack) -> None:
    """`docker compose stop` lets both finish: the client prints its result, the server drains and exits with 0."""
    stack = start_stack()
    stack.compose("up", "--detach")
    (client,) = stack.service("client")
    wait_until(lambda: events(client, "session_completed"), "a session")
    stack.compose("stop")
    assert exit_code(stack.server) == 0
    assert exit_code(client) == 143
    assert result(client)["sessions_failed"] == 0


def test_the_log_is_for_people_when_asked(start_stack: StartStack) -> None:
    """ECHO_LOG_FORMAT=console makes lines to read, in colour where FORCE_COLOR says so."""
    stack = start_stack(ECHO_LOG_FORMAT="console", FORCE_COLOR="1")
    log = stack.server.logs().decode()
    assert "listening on [::]:5000" in log
    assert "\x1b[" in log
    assert '{"' not in log


def test_ipv6_peers_are_served_like_others(start_stack: StartStack) -> None:
    """On a network with IPv6 the same server echoes to an IPv6 address, and logs it as such."""
    stack = start_stack()
    network = stack.create_ipv6_network()
    server = stack.server
    network.connect(stack.netns)
    host = stack.netns.attrs["NetworkSettings"]["Networks"][network.name]["GlobalIPv6Address"]
    client = stack.create_client(ECHO_HOST=host)
    network.connect(client)
    client.start()
    assert exit_code(client) == 0
    connected = events(client, "connection_established")[0]
    assert connected["peer"] == f"[{host}]:5000"
    wait_for_event(server, "connection_closed", peer=connected["local"])
