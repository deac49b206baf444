"""The server as a process: its signals, exit codes and log."""

import json
import os
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from shared.calls import address
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.receiver import Receiver, receiver
from tests.unit.harness.servers import Server, server
from tests.unit.harness.sockets import exchange


@dataclass
class Servers:
    """A server for each test, started all at once: each takes half a second until it has imported everything."""

    drained: Server
    insisted: Server
    overloaded: Server
    told_alone: Server
    stopped_together: Server
    hung_up: Server
    short: Server
    watched: Server
    scope: Receiver


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Start them, and end those that still run."""
    with ExitStack() as stack:
        scope = stack.enter_context(receiver())
        yield Servers(
            drained=stack.enter_context(server("--log-level", "debug")),
            insisted=stack.enter_context(server()),
            told_alone=stack.enter_context(server()),
            stopped_together=stack.enter_context(server("--workers", "2")),
            hung_up=stack.enter_context(server()),
            short=stack.enter_context(server("--max-connections", "1000000000", "--scope", "127.0.0.1:9")),
            overloaded=stack.enter_context(server("--http-port", "0")),
            watched=stack.enter_context(server("--workers", "2", "--scope", "{}:{}".format(*scope.address))),
            scope=scope,
        )


@pytest.fixture(scope="module")
def life(servers: Servers) -> tuple[int, str, list[str]]:
    """Tell how a server ended that was stopped by SIGTERM in the middle of an echo."""
    process = servers.drained.process
    with servers.drained.connect() as sock:
        process.wait_for("bytes_sent")
        process.signal(signal.SIGTERM)
        process.wait_for("drain_started")
        assert exchange(sock, [b"rest"]) == b"rest"
    return process.outcome()


def test_a_drained_server_exits_with_0(life: tuple[int, str, list[str]]) -> None:
    """It has nothing to say on stdout, and its last line counts what it did."""
    code, stdout, lines = life
    assert (code, stdout) == (0, "")
    last = json.loads(lines[-1])
    assert last["event"] == "server_stopped"
    assert (last["connections"], last["received_bytes"], last["sent_bytes"], last["cut"]) == (1, 5, 5, 0)


def test_every_line_of_the_log_is_json_and_says_who_wrote_it(
    servers: Servers, life: tuple[int, str, list[str]]
) -> None:
    """Service and host name are on each; the supervisor speaks for the whole, its worker for its connections."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in life[2]]
    assert {(line["service"], line["host"]) for line in lines} == {("server", socket.gethostname())}
    pids = {line["event"]: line["pid"] for line in lines}
    supervisor = servers.drained.process.pid
    assert {pids[event] for event in ("server_listening", "drain_started", "server_stopped")} == {supervisor}
    assert pids["connection_closed"] != supervisor


def test_at_debug_the_log_reads_like_the_session(life: tuple[int, str, list[str]]) -> None:
    """Each socket call has its line, in the order in which they were made."""
    facts: list[dict[str, Any]] = [json.loads(line) for line in life[2]]
    assert [fact["event"] for fact in facts] == [
        "address_bound",
        "listening_started",
        "server_listening",
        "connection_accepted",
        "bytes_received",
        "bytes_sent",
        "drain_started",
        "bytes_received",
        "bytes_sent",
        "peer_finished",
        "socket_closed",
        "connection_closed",
        "server_stopped",
    ]


def test_a_second_signal_cuts_and_exits_with_1(servers: Servers) -> None:
    """SIGINT drains too; an open connection does not hold up who insists, and the exit code says that it was cut."""
    process = servers.insisted.process
    with servers.insisted.connect():
        process.signal(signal.SIGINT)
        assert process.wait_for("drain_started")["signal"] == "SIGINT"
        process.signal(signal.SIGTERM)
        code, _, lines = process.outcome()
    assert (code, json.loads(lines[-1])["cut"]) == (1, 1)


def test_out_of_descriptors_it_waits_and_recovers(servers: Servers) -> None:
    """At its limit it says so once, serves who is there, and takes who waits when a descriptor is free again."""
    with servers.overloaded.connect() as open_now, ExitStack() as stack:
        (worker,) = servers.overloaded.children()
        # A new descriptor's number must be below the limit: now there is none.
        _, hard = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (3, hard))
        waiting = [
            stack.enter_context(socket.create_connection(open_now.getpeername(), timeout=DEADLINE_S)) for _ in range(3)
        ]
        line = servers.overloaded.process.wait_for("accept_failed")
        assert (line["errno"], line["open_connections"]) == ("EMFILE", 1)
        assert exchange(open_now, [b"still served"]) == b"still served"
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (hard, hard))
        for sock in waiting:
            assert exchange(sock, [b"served"]) == b"served"
    servers.overloaded.process.signal(signal.SIGTERM)
    code, _, lines = servers.overloaded.process.outcome()
    assert (code, sum("accept_failed" in line for line in lines)) == (0, 1)


def test_the_scope_is_told_each_call_by_who_made_it(servers: Servers) -> None:
    """Listeners are the supervisor's, connections a worker's; each worker tells once of the listener that it serves."""
    scope, watched = servers.scope, servers.watched
    with watched.connect() as sock:
        peer = address(sock.getsockname())
        assert exchange(sock, [b"Hello"]) == b"Hello"
    assert scope.has(call="close", peer=peer)
    session = [call for call in scope.calls() if call["peer"] == peer]
    assert [call["call"] for call in session] == ["accept", "recv", "send", "recv", "send", "recv", "close"]
    assert {call["pid"] for call in session} <= set(watched.workers())
    assert eventually(lambda: len(scope.calls()) == len(session) + 4)
    announced = [call for call in scope.calls() if call["call"] in ("bind", "listen")]
    assert {call["pid"] for call in announced} == {watched.process.pid}
    assert {call["local"] for call in announced} == {address(watched.address)}
    assert len({call["fd"] for call in announced}) == 2
    watched.process.signal(signal.SIGTERM)
    assert watched.process.outcome()[0] == 0
    assert scope.notices() == []


def test_its_metrics_say_how_it_is_run(servers: Servers) -> None:
    """The log level, and whether a scope is told of its calls."""
    assert "echo_server_info info true" in servers.short.metrics()
    assert "echo_server_info info false" in servers.told_alone.metrics()


def test_a_worker_that_somebody_tells_to_go_is_replaced_and_served(servers: Servers) -> None:
    """Its successor has the same listener, which still listens; in the end the server drains and exits with 0."""
    (before,) = servers.told_alone.workers()
    os.kill(before, signal.SIGTERM)
    assert servers.told_alone.process.wait_for("worker_left")["worker"] == "worker 0"
    servers.told_alone.connect().close()
    assert eventually(servers.told_alone.is_healthy)
    assert servers.told_alone.workers() != [before]
    servers.told_alone.process.signal(signal.SIGTERM)
    code, _, lines = servers.told_alone.process.outcome()
    assert (code, [line for line in lines if "error" in json.loads(line)["level"]]) == (0, [])


def test_a_stop_of_all_processes_is_a_clean_stop(servers: Servers) -> None:
    """As systemd or `kill -- -PGID` do it: no process is missed, and no line tells of an error."""
    for pid in (*servers.stopped_together.children(), servers.stopped_together.process.pid):
        os.kill(pid, signal.SIGTERM)
    code, _, lines = servers.stopped_together.process.outcome()
    assert (code, [json.loads(line)["event"] for line in lines]) == (
        0,
        ["server_listening", "drain_started", "server_stopped"],
    )


def test_a_hang_up_drains(servers: Servers) -> None:
    """Whose terminal is closed has no more use for a server in its foreground."""
    servers.hung_up.process.wait_for("server_listening")
    servers.hung_up.process.signal(signal.SIGHUP)
    assert servers.hung_up.process.outcome()[0] == 0
    assert servers.hung_up.process.wait_for("drain_started")["signal"] == "SIGHUP"


def test_fewer_open_files_than_connections_are_said(servers: Servers) -> None:
    """The soft limit was raised as far as it can be; the line tells how many connections are possible."""
    line = servers.short.process.wait_for("descriptors_short")
    assert (line["max_connections"], line["connections_possible"]) == (10**9, line["nofile"] - 66)
    (worker,) = servers.short.workers()
    assert resource.prlimit(worker, resource.RLIMIT_NOFILE)[0] == line["nofile"]
