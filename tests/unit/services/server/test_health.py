"""The health check's probe."""

import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from services.server.health import probe
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.processes import ROOT
from tests.unit.harness.sockets import receive, scripted_peer

Serve = Callable[..., RunningLoop]


def test_a_server_that_echoes_is_healthy(serve: Serve) -> None:
    """One real echo, from connect to the end, is what healthy means."""
    loop = serve()
    assert probe(*loop.address)
    assert loop.journal.wait_for("connection_closed")["sent_bytes"] > 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])  # noqa: S104 - what the server binds to
def test_any_means_this_host(serve: Serve, host: str) -> None:
    """Where the server listens on any address, the probe asks it on this host."""
    loop = serve(host="::")
    assert probe(host, loop.address[1])


def test_nobody_listening_is_unhealthy() -> None:
    """A closed port is told at once."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert not probe(*bound.getsockname())


def test_a_server_that_does_not_answer_is_unhealthy() -> None:
    """A process that hangs leaves its connections in the accept queue: the probe gives up on it."""
    with socket.create_server(("127.0.0.1", 0)) as hung:
        assert not probe("127.0.0.1", hung.getsockname()[1], timeout_s=0.05)


def test_a_wrong_echo_is_unhealthy() -> None:
    """Whatever else answers on that port, and however politely, is no echo server."""

    def answer(sock: socket.socket) -> None:
        receive(sock, 100)  # up to the probe's end: what is left unread would reset the connection
        sock.sendall(b"no echo!")

    with scripted_peer(answer) as address:
        assert not probe(*address)


def test_the_probe_imports_the_standard_library_alone() -> None:
    """It runs every few seconds: pydantic and structlog alone would cost it half a second of CPU."""
    # -S: without site-packages nothing else can be imported.
    subprocess.run([sys.executable, "-S", "-c", "import services.server.health"], cwd=ROOT, check=True)
