"""What the server refuses at its start, in one line and with exit code 2; and what it counts against itself."""

import os
import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from services.server import supervisor
from services.server.__main__ import main
from services.server.health import probe
from services.server.worker import fork
from tests.unit.harness.edge import refusal
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.processes import exit_code
from tests.unit.harness.servers import free_port


@pytest.fixture
def _structlog_as_it_was() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_structlog_as_it_was")
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("shares", [False, True], ids=["alone", "with SO_REUSEPORT"])
def test_a_taken_port_is_one_line_and_exit_code_2(workers: str, shares: bool) -> None:  # noqa: FBT001 - a parameter
    """Whoever started it reads what is wrong; two servers never share clients, even if the first would."""
    with socket.create_server(("127.0.0.1", 0), reuse_port=shares) as other:
        port = other.getsockname()[1]
        assert refusal(main, "--host", "127.0.0.1", "--port", str(port), "--workers", workers) == (
            f"server: cannot listen on ECHO_HOST='127.0.0.1' ECHO_PORT={port}: Address already in use"
        )


@pytest.mark.usefixtures("_structlog_as_it_was")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the echo's listeners: the process would be over
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_taken_http_port_is_one_line_and_exit_code_2(workers: str) -> None:
    """The line names the variable of the port that is taken."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert refusal(main, "--host=127.0.0.1", "--port=0", f"--http-port={port}", "--workers", workers) == (
            f"server: cannot listen on ECHO_HOST='127.0.0.1' ECHO_SERVER_HTTP_PORT={port}: Address already in use"
        )


@pytest.mark.usefixtures("_structlog_as_it_was")
def test_a_host_that_does_not_resolve_is_one_line_and_exit_code_2() -> None:
    """The line names the host and says that it does not resolve."""
    line = refusal(main, "--host", "a..b")
    assert line.startswith("server: cannot listen on ECHO_HOST='a..b' ECHO_PORT=5000: the name does not resolve (")


@pytest.mark.usefixtures("_structlog_as_it_was")
def test_who_waits_for_a_worker_that_is_gone_counts_as_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel had promised a connection, and nobody came to serve it before the stop."""
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_S", 30)
    port = free_port()
    pid = fork(lambda: main(["--host=127.0.0.1", f"--port={port}", "--http-port=0", "--log-level=error"]))
    assert eventually(lambda: probe("127.0.0.1", port))
    (worker,) = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    os.kill(worker, signal.SIGKILL)
    assert eventually(lambda: not Path(f"/proc/{worker}").exists())
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S):
        os.kill(pid, signal.SIGTERM)
        assert exit_code(pid) == 1


@pytest.mark.usefixtures("_structlog_as_it_was")
def test_too_few_open_files_are_one_line_and_exit_code_2() -> None:
    """And not a worker that fails at its start, again and again."""

    def work() -> int:
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
        return not refusal(main).endswith("may have 12 files open (RLIMIT_NOFILE): should be at least 67")

    assert exit_code(fork(work)) == 0
