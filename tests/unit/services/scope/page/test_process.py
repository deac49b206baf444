"""The page's process: beside the scope, and gone with it."""

import json
import os
import signal
import socket
import urllib.request
from pathlib import Path

import orjson
import pytest

from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.processes import Service, service
from tests.unit.harness.servers import free_port
from tests.unit.services.scope.harness.loads import a_second, durations
from tests.unit.services.scope.harness.sources import HEADER, records
from tests.unit.services.scope.harness.wire import Talk


def _arguments(port: int) -> tuple[str, ...]:
    flags = {"--host": "127.0.0.1", "--calls-port": "0", "--packets-port": "0", "--page-port": str(port)}
    return tuple(word for flag in flags.items() for word in flag)


def _rows(port: int) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/conversations", timeout=DEADLINE_S) as answer:
        return list(json.load(answer)["conversations"])


def _tap(scope: Service) -> socket.socket:
    host, _, port = scope.wait_for("scope_listening")["packets"][0].rpartition(":")
    return socket.create_connection((host, int(port)), DEADLINE_S)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _has_ended(pid: int) -> bool:
    """Tell whether a process has: the scope, which speaks to its page once a second, may have seen to it already."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def _session(client_port: int) -> Talk:
    talk = Talk(client_port)
    talk.handshake()
    talk.client("FIN ACK", 1, 1)
    talk.server("FIN ACK", 1, 2)
    talk.client("ACK", 2, 2)
    return talk


def test_a_conversation_is_on_the_page_when_it_is_over() -> None:
    """From the tap's packets to the browser's list."""
    port = free_port()
    with service("scope", *_arguments(port)) as scope, _tap(scope) as tap:
        assert scope.wait_for("page_served")["port"] == port
        tap.sendall(HEADER + records(_session(40_000)))
        assert eventually(lambda: [row["client"] for row in _rows(port)] == ["10.0.0.1:40000"])


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_the_page_ends_with_the_scope(signum: signal.Signals) -> None:
    """Whether it was told to go, or could not say that it goes."""
    with service("scope", *_arguments(free_port())) as scope:
        scope.wait_for("scope_listening")
        (page,) = _children(scope.pid)
        scope.signal(signum)
        scope.outcome()
        assert eventually(lambda: not Path(f"/proc/{page}").exists())


def test_a_page_that_ends_costs_the_scope_nothing() -> None:
    """It is said once, and the scope goes on with what it is for."""
    with service("scope", *_arguments(free_port())) as scope, _tap(scope) as tap:
        (page,) = _children(scope.pid)
        os.kill(page, signal.SIGKILL)
        assert eventually(lambda: _has_ended(page))
        tap.sendall(HEADER + records(_session(40_000), _session(40_001)))
        scope.wait_for("page_lost")
        assert eventually(lambda: not _children(scope.pid))
        tap.shutdown(socket.SHUT_WR)
        scope.wait_for("tap_finished")
        scope.signal(signal.SIGTERM)
        code, _, lines = scope.outcome()
    assert code == 0
    assert json.loads(lines[-1])["conversations"] == 2
    assert sum('"page_lost"' in line for line in lines) == 1


def test_a_port_that_is_taken_costs_the_scope_the_page_alone() -> None:
    """It says which setting names the port, and goes on without."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        service("scope", *_arguments(taken.getsockname()[1])) as scope,
    ):
        assert "ECHO_SCOPE_PAGE_PORT" in scope.wait_for("page_not_served")["why"]
        scope.wait_for("scope_listening")


def test_every_open_page_is_told_how_the_system_does() -> None:
    """Once a second, by the scope's own loop."""
    port = free_port()
    with service("scope", *_arguments(port)) as scope, _tap(scope) as tap:
        tap.sendall(HEADER + records(_session(40_000)))
        assert eventually(lambda: len(_rows(port)) == 1)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/events", timeout=DEADLINE_S) as stream:
            while stream.readline() != b"event: system\n":
                pass
            found = json.loads(stream.readline().removeprefix(b"data: "))
    assert (found["conversations"], found["clients"], found["server"]) == (1, {"10.0.0.1": 1}, None)
    assert len(found["taps"]) == 1


def test_every_open_page_is_told_of_a_load() -> None:
    """From the clients' datagrams, all replicas as one; whoever comes later is given all of it."""
    port = free_port()
    with service("scope", *_arguments(port)) as scope, socket.socket(type=socket.SOCK_DGRAM) as client:
        host, _, calls = scope.wait_for("scope_listening")["calls"][0].rpartition(":")
        scope.wait_for("page_served")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/events", timeout=DEADLINE_S) as stream:
            assert stream.readline() == b"retry: 1000\n"
            for name in ("client-1", "client-2"):
                client.sendto(orjson.dumps(a_second(0, 100, 200, host=name).as_record()), (host, int(calls)))
            whole: dict[str, int] = {}
            while whole.get("messages") != 4:
                while stream.readline() != b"event: load\n":
                    pass
                whole = json.loads(stream.readline().removeprefix(b"data: "))["whole"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/load", timeout=DEADLINE_S) as answer:
            found = json.load(answer)
    assert found["latency"] == durations(100, 100, 200, 200).encode()
    assert [row["replicas"] for row in found["seconds"]] == [2]
