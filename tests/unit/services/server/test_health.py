"""The health check's probe."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.server.health import listening, probe
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.processes import ROOT
from tests.unit.harness.sockets import receive, scripted_peer

Serve = Callable[..., RunningLoop]


def test_a_server_that_echoes_is_healthy(serve: Serve) -> None:
    """One real echo, from connect to the end, is what healthy means."""
    loop = serve()
    assert probe(*loop.address)
    assert loop.journal.wait_for("connection_closed")["sent_bytes"] > 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "*"])  # noqa: S104 - what the server binds to
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


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::", "0.0.0.0"])  # noqa: S104 - what a server binds to
def test_it_finds_where_this_container_listens(host: str) -> None:
    """Whatever made it so, a flag or a variable; a socket that is only bound listens nowhere."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        found = listening(own="/proc/thread-self")
        assert (host, listener.getsockname()[1]) in found
        assert bound.getsockname() not in found


def test_what_others_have_in_the_same_network_is_not_ours(tmp_path: Path) -> None:
    """The processes of this container are those that it sees in /proc."""
    (tmp_path / "12/fd").mkdir(parents=True)
    (tmp_path / "12/fd/3").symlink_to("socket:[0]")
    with socket.create_server(("127.0.0.1", 0)):
        assert listening(str(tmp_path)) == set()


def test_the_probe_imports_the_standard_library_alone() -> None:
    """It runs every few seconds: pydantic and structlog alone would cost it half a second of CPU."""
    # -S: without site-packages nothing else can be imported.
    subprocess.run([sys.executable, "-S", "-c", "import services.server.health"], cwd=ROOT, check=True)
