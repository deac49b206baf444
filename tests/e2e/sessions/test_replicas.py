"""Many clients, one server: `docker compose up --scale client=8`."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.harness.containers import address, closed_connections, exit_code, result
from tests.e2e.harness.processes import freeze
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

_REPLICAS = 8

_SESSIONS = 5

# How long a session may wait: the server is frozen until all replicas are there.
_PATIENCE_S = 200


@dataclass(frozen=True)
class Run:
    """Eight replicas that have ended: where they were, how they ended, what they printed."""

    addresses: list[str]
    exit_codes: list[int]
    documents: list[dict[str, Any]]


@pytest.fixture(scope="module")
def run(stack: Stack) -> Run:
    """Return what became of eight replicas with a few sessions each.

    None of them comes to its end before all have been asked for their addresses: an address is free again as soon as
    one has ended. Until then the frozen server's kernel makes their connections, and nobody echoes.
    """
    server = stack.server
    freeze(server)
    stack.compose(
        *("up", "--detach", "--no-deps", "--scale", f"client={_REPLICAS}", "client"),
        ECHO_CLIENT_SESSIONS=str(_SESSIONS),
        ECHO_CLIENT_INTERVAL_S="0.1",
        ECHO_CLIENT_TIMEOUT_S=str(_PATIENCE_S),
    )
    clients = stack.service("client")
    addresses = [address(client) for client in clients]
    server.unpause()
    ended = Run(
        addresses,
        [exit_code(client) for client in clients],
        [result(client) for client in clients],
    )
    sessions = sum(document["sessions"] for document in ended.documents)
    wait_until(lambda: len(closed_connections(server)) >= sessions, "the server has logged them all")
    return ended


def test_each_replica_has_an_address_of_its_own(run: Run) -> None:
    """Docker gives eight clients eight addresses."""
    assert len(set(run.addresses)) == _REPLICAS
    assert all(run.addresses)


def test_every_replica_exits_with_0(run: Run) -> None:
    """All of them got every byte back."""
    assert run.exit_codes == [0] * _REPLICAS
    assert [document["messages_verified"] for document in run.documents] == [_SESSIONS] * _REPLICAS


def test_the_server_saw_each_replica_at_its_address(run: Run, stack: Stack) -> None:
    """The peers in the server's log are the eight addresses, each as often as its client had a session."""
    peers = [event["peer"].rpartition(":")[0] for event in closed_connections(stack.server)]
    assert sorted(peers) == sorted(run.addresses * _SESSIONS)


def test_both_sides_count_the_same_sessions_and_bytes(run: Run, stack: Stack) -> None:
    """What the server's log adds up to is what the eight documents add up to."""
    closed = closed_connections(stack.server)
    assert len(closed) == sum(document["sessions"] for document in run.documents)
    assert sum(event["received_bytes"] for event in closed) == sum(one["bytes_sent"] for one in run.documents)
    assert sum(event["sent_bytes"] for event in closed) == sum(one["bytes_verified"] for one in run.documents)
