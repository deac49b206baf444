"""A session between two containers, and what both of them log of it."""

import ipaddress
import json
from dataclasses import dataclass

import pytest
from docker.models.containers import Container

from tests.e2e.harness.containers import (
    address,
    closed_connections,
    events,
    exit_code,
    result,
    stderr,
    wait_for_event,
)
from tests.e2e.harness.processes import freeze
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.waiting import wait_until


@dataclass(frozen=True)
class Session:
    """A client that has ended, and where it was; `local` and `peer` are its last connection's ends, as ip:port."""

    client: Container
    address: str
    local: str
    peer: str


@pytest.fixture(scope="module")
def session(stack: Stack) -> Session:
    """Return what is known of a client after two sessions; until it was asked for its address the server is frozen."""
    server = stack.server
    freeze(server)
    flags = ("--sessions", "2", "--interval-s", "0", "--timeout-s", "60")
    client = stack.start_client(*flags, ECHO_CLIENT_MESSAGE="Hello")
    client_address = address(client)
    server.unpause()
    assert exit_code(client) == 0
    connected = events(client, "connection_established")[-1]
    wait_for_event(server, "connection_closed", peer=connected["local"])
    return Session(client, client_address, connected["local"], connected["peer"])


def test_every_byte_comes_back(session: Session) -> None:
    """The client's document says that both sessions were verified, byte for byte."""
    document = result(session.client)
    assert (document["sessions"], document["sessions_failed"], document["errors"]) == (2, 0, {})
    assert document["bytes_sent"] == document["bytes_verified"] == 2 * len("Hello")


def test_client_and_server_have_addresses_of_their_own(session: Session, stack: Stack) -> None:
    """Each container has its own address on the compose network."""
    (pool,) = stack.network.attrs["IPAM"]["Config"]
    addresses = {ipaddress.ip_address(session.address), ipaddress.ip_address(address(stack.server))}
    assert len(addresses) == 2
    assert all(one in ipaddress.ip_network(pool["Subnet"]) for one in addresses)


def test_the_name_server_leads_to_the_server(session: Session, stack: Stack) -> None:
    """Docker's DNS resolves `server` to the address that Docker gave the server's container."""
    assert session.peer == f"{address(stack.server)}:5000"


def test_the_server_logs_where_the_client_came_from(session: Session, stack: Stack) -> None:
    """The peer in the server's log is the client's own end of the connection, at its container's address."""
    peers = [event["peer"] for event in closed_connections(stack.server)]
    assert session.local.startswith(f"{session.address}:")
    assert session.local in peers


def test_the_servers_log_tells_the_session_call_by_call(session: Session, stack: Stack) -> None:
    """At debug the server's log reads like the tutorial: accepted, received, sent, finished, closed."""
    log = [event for event in events(stack.server) if event.get("peer") == session.local]
    assert [event["event"] for event in log] == [
        "connection_accepted",
        "bytes_received",
        "bytes_sent",
        "peer_finished",
        "socket_closed",
        "connection_closed",
    ]
    totals = {"ended": "peer_finished", "received_bytes": 5, "sent_bytes": 5}
    assert totals.items() <= log[-1].items()


def test_the_clients_log_tells_the_session_call_by_call(session: Session) -> None:
    """At debug the client's log reads like the tutorial: connecting, connected, sent, received, closed, verified."""
    names = [event["event"] for event in events(session.client)]
    one_session = [
        "connecting",
        "socket_created",
        "connection_established",
        "bytes_sent",
        "bytes_received",
        "sending_finished",
        "peer_finished",
        "socket_closed",
        "session_completed",
    ]
    assert names == one_session * 2


@pytest.mark.parametrize("service", ["server", "client"])
def test_every_log_line_says_who_wrote_it(session: Session, stack: Stack, service: str) -> None:
    """Service, host name (the id of the container that owns the network) and process id are on every line."""
    container, host = (stack.server, stack.netns) if service == "server" else (session.client, session.client)
    for event in events(container):
        assert (event["service"], event["host"]) == (service, host.short_id)
        assert event["pid"] > 1


def test_at_info_a_session_is_one_line_on_each_side(start_stack: StartStack) -> None:
    """Nothing is logged for a message or a call, one line for a connection."""
    stack = start_stack(ECHO_LOG_LEVEL="info")
    client = stack.start_client("--size-bytes", "1000000", ECHO_LOG_LEVEL="info")
    assert exit_code(client) == 0
    assert [event["event"] for event in events(client)] == ["session_completed"]
    wait_for_event(stack.server, "connection_closed")
    assert {event["event"] for event in events(stack.server)} == {"server_listening", "connection_closed"}
    assert len(closed_connections(stack.server)) == 1


def _is_healthy(server: Container) -> bool:
    server.reload()
    return bool(server.health == "healthy")


def test_one_session_is_one_command(stack: Stack) -> None:
    """`docker compose run --rm client --message 你好 --sessions 1` prints one JSON document on stdout."""
    # Compose asks for that; and while the server was frozen its health could not be checked.
    wait_until(lambda: _is_healthy(stack.server), "the server is healthy")
    run = ("run", "--rm", "client", "--message", "你好", "--sessions", "1")
    # The engine of a busy machine now and then loses what a container has printed.
    stdout = wait_until(lambda: stack.compose(*run).stdout, "it is printed")
    assert stdout.count("\n") == 1
    document = json.loads(stdout)
    assert document["settings"]["message"] == "你好"
    assert document["bytes_verified"] == len("你好".encode())


def test_the_client_explains_its_flags_and_variables(stack: Stack) -> None:
    """`--help` names each flag with its variable, and exits 0."""
    client = stack.start_client("--help")
    assert exit_code(client) == 0
    assert "ECHO_CLIENT_MESSAGE" in client.logs().decode()
    assert stderr(client) == ""
