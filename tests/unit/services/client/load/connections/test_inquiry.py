"""How the server is run, as far as it says, in time and as it should."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from services.client.load.connections.inquiry import how_it_is_run
from services.client.load.results.outcome import HowRun
from services.server.echo.counters import Counters
from services.server.observer import EchoCollector
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.servers import free_port
from tests.unit.harness.sockets import scripted_peer, tcp_pair

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


def page(log_level: str, watched: str) -> bytes:
    """Return the page of a server that is run like this."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EchoCollector(Counters(1), [], {"log_level": log_level, "watched": watched}))
    return generate_latest(registry)


@contextmanager
def asked_at(script: Callable[[socket.socket], object]) -> Iterator[tuple[socket.socket, int]]:
    """Give a connection on loopback, and the port there at which a peer plays this script."""
    with tcp_pair() as (client, _), scripted_peer(script) as address:
        yield client, address[1]


def answered(answer: bytes) -> HowRun | None:
    """Return what is understood of this answer."""

    def answer_it(sock: socket.socket) -> None:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += sock.recv(4096)
        assert asked.startswith(b"GET /metrics HTTP/1.0\r\n")
        sock.sendall(answer)

    with asked_at(answer_it) as (client, port):
        return how_it_is_run(client, port, DEADLINE_S)


@pytest.mark.parametrize("log_level", ["debug", "info", "warning", "error"])
@pytest.mark.parametrize("watched", [True, False])
def test_what_the_servers_page_says_is_understood(log_level: str, watched: bool) -> None:  # noqa: FBT001 - a case
    """The log level, and whether a scope is told of its calls, from the page that the server's own code makes."""
    assert answered(OK + page(log_level, str(watched).lower())) == HowRun(log_level, watched)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK,
        b"\xff" * 300_000,
        b"HTTP/1.1 404 Not Found\r\n\r\n/healthz or /metrics\n",
        OK + page("loud", "false"),
        OK + page("info", "maybe"),
        OK + b'echo_server_info{watched="true"} 1.0\n',
    ],
    ids=["nothing", "an empty page", "no HTTP", "no such page", "no level", "no truth value", "a label less"],
)
def test_whatever_else_comes_leaves_it_unknown(answer: bytes) -> None:
    """It can be the port of another program, or of an older server."""
    assert answered(answer) is None


def test_nobody_at_the_port_leaves_it_unknown() -> None:
    """The server's HTTP port is off, or another one."""
    with tcp_pair() as (client, _):
        assert how_it_is_run(client, free_port()) is None


def test_port_0_asks_nobody() -> None:
    """Who does not want that sets it so."""
    with tcp_pair() as (client, _):
        assert how_it_is_run(client, 0) is None


def test_a_connection_that_is_gone_leaves_it_unknown() -> None:
    """It has no peer whose address could be asked."""
    with tcp_pair() as (client, _):
        client.close()
        assert how_it_is_run(client, 1) is None


def test_an_answer_that_never_ends_is_given_up_at_the_deadline() -> None:
    """Each byte that comes renews nothing."""
    is_given_up = threading.Event()

    def trickle(sock: socket.socket) -> None:
        while not is_given_up.wait(0.01):
            sock.sendall(b"#")

    with asked_at(trickle) as (client, port):
        try:
            assert how_it_is_run(client, port, timeout_s=0.1) is None
        finally:
            is_given_up.set()
