"""The load as a process: its document, exit codes and signals."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loads import Middle, bad_echo
from tests.unit.harness.loops import running_loop
from tests.unit.harness.processes import ROOT, Service, service
from tests.unit.harness.servers import free_port


@dataclass
class Loads:
    """A load for each test, started all at once: each takes half a second until it has imported everything."""

    good: Service
    out: Path
    wrong: Service
    slow: Service
    lonely: Service
    full: Service
    unheard: list["subprocess.Popen[bytes]"]
    watched: Service
    screen: int
    interrupted: Service
    stopped: Service
    hung_up: Service


def flips() -> Middle:
    """Change the first byte of everything."""
    return lambda data, *, ended: data if ended else bytes([data[0] ^ 1]) + data[1:]


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loads]:
    """Start them, and end those that still run."""
    with ExitStack() as stack:
        server = stack.enter_context(running_loop()).address
        out = tmp_path_factory.mktemp("load") / "result.json"

        screen, terminal = pty.openpty()
        stack.callback(os.close, screen)

        def start(address: tuple[str, int], *more: str, stdout: int | None = None) -> Service:
            where = ["load", "--host", address[0], "--port", str(address[1]), "--connections", "2", "--warmup-s", "0"]
            return stack.enter_context(service("client", *where, *more, stdout=stdout))

        def start_unheard(redirection: str) -> "subprocess.Popen[bytes]":
            flags = f"--host {server[0]} --port {server[1]} --connections 2 --warmup-s 0 --duration-s 0.2"
            command = f'exec "$0" -m services.client load {flags} {redirection}'
            started = subprocess.Popen(["bash", "-c", command, sys.executable], cwd=ROOT, stdout=subprocess.PIPE)
            stack.callback(started.kill)
            return started

        alone = ("--duration-s", "0.2", "--connect-timeout-s", "0.5", "--peers", "127.0.0.1", "--expect-clients", "2")
        yield Loads(
            good=start(server, "--duration-s", "0.3", "--rate", "100", "--out", str(out)),
            out=out,
            wrong=start(stack.enter_context(bad_echo(flips)), "--duration-s", "0.3"),
            slow=start(server, "--duration-s", "0.3", "--rate", "50", "--max-p99-us", "0.5", "--min-rate", "1000"),
            lonely=start(server, *alone, "--peers-port", str(free_port())),
            full=start(server, "--duration-s", "0.2", "--out", "/dev/full", stdout=os.open("/dev/full", os.O_WRONLY)),
            unheard=[start_unheard(redirection) for redirection in ("2>&-", "2>/dev/full", "<&- 2>&-")],
            watched=start(server, "--duration-s", "0.2", "--out", str(out.with_name("watched")), stdout=terminal),
            screen=screen,
            interrupted=start(server, "--duration-s", "600", "--rate", "100"),
            stopped=start(server, "--duration-s", "600", "--rate", "100"),
            hung_up=start(server, "--duration-s", "600", "--rate", "100"),
        )


def document(stdout: str) -> dict[str, Any]:
    """Return what stdout holds: one JSON document on one line, and nothing else."""
    (line,) = stdout.splitlines()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def events(lines: list[str], event: str) -> list[dict[str, Any]]:
    """Return the log lines of an event."""
    return [line for line in map(json.loads, lines) if line["event"] == event]


def test_every_byte_back_is_exit_code_0_and_the_document_twice(loads: Loads) -> None:
    """It is on stdout, and the same in the file that was asked for."""
    code, stdout, _ = loads.good.outcome()
    result = document(stdout)
    assert (code, result["kind"], result["messages_verified"], result["sessions_failed"]) == (0, "load", 30, 0)
    assert loads.out.read_text() == stdout
    assert result["versions"]["hdrhistogram"]


def test_a_wrong_byte_is_exit_code_1(loads: Loads) -> None:
    """The document counts it, and the log explains it."""
    code, stdout, lines = loads.wrong.outcome()
    result = document(stdout)
    assert code == 1
    assert result["mismatches"] >= 2
    assert set(result["errors"]) == {"mismatch"}
    assert events(lines, "session_failed")[0]["offset"] == 0


def test_outputs_that_fail_are_a_line_each_and_exit_code_1(loads: Loads) -> None:
    """A full disk behind standard output and behind a file: no traceback, and each is tried."""
    code, _, lines = loads.full.outcome()
    assert code == 1
    assert [line for line in lines if line.startswith("client: ")] == [
        "client: standard output cannot be written (No space left on device)",
        "client: --out: '/dev/full' cannot be written (No space left on device)",
    ]
    assert not [line for line in lines if "Traceback" in line]


def test_where_standard_error_fails_the_result_is_printed(loads: Loads) -> None:
    """Closed or full, also with standard input: nobody can be told how it goes, but what it came to is on stdout."""
    for load in loads.unheard:
        stdout, _ = load.communicate(timeout=DEADLINE_S)
        result = document(stdout.decode())
        assert (load.returncode, result["messages_verified"]) == (0, result["messages_due"])


def test_on_a_terminal_the_result_is_its_report(loads: Loads) -> None:
    """Nobody reads base64; the document is in the file that was asked for."""
    code, _, _ = loads.watched.outcome()
    shown = b""
    while b"Percentiles" not in shown:
        shown += os.read(loads.screen, 65_536)
    assert code == 0
    assert b"Summary" in shown
    assert b"histograms" not in shown
    assert document(loads.out.with_name("watched").read_text())["kind"] == "load"


def test_a_missed_threshold_is_exit_code_99_with_a_line_each(loads: Loads) -> None:
    """Both that were missed are told, each once."""
    code, stdout, lines = loads.slow.outcome()
    assert (code, document(stdout)["sessions_failed"]) == (99, 0)
    missed = [line["why"] for line in events(lines, "threshold_missed")]
    assert [why.split()[1] for why in missed] == ["latency's", "rate"]


def test_a_replica_that_never_comes_is_exit_code_1(loads: Loads) -> None:
    """There is a document, of nothing, and one line that says why."""
    code, stdout, lines = loads.lonely.outcome()
    assert (code, document(stdout)["messages_sent"]) == (1, 0)
    assert [line["why"] for line in events(lines, "load_failed")] == ["1 of 2 replicas came within 0.5 s"]


@pytest.mark.parametrize(
    ("name", "signum"),
    [("interrupted", signal.SIGINT), ("stopped", signal.SIGTERM), ("hung_up", signal.SIGHUP)],
)
def test_a_signal_gives_the_result_so_far(loads: Loads, name: str, signum: signal.Signals) -> None:
    """The exit code is 128 + its number, and what was done is counted."""
    process: Service = getattr(loads, name)
    process.wait_for("load_progressed")
    process.signal(signum)
    code, stdout, _ = process.outcome()
    result = document(stdout)
    assert (code, result["interrupted"]) == (128 + signum, signum.name)
    assert result["messages_sent"] == result["messages_verified"] > 0
    assert result["sessions_failed"] == 0
