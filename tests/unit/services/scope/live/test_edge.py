"""The live scope as a process: its output, exit codes and signals."""

import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from services.scope.live.edge import main
from tests.unit.harness.edge import refusal
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import Service, service
from tests.unit.services.scope.harness.calls import CLIENT, session, session_calls
from tests.unit.services.scope.harness.sources import HEADER, datagrams, records

_ANY_PORTS = ("--host", "127.0.0.1", "--calls-port", "0", "--packets-port", "0", "--page-port", "0")


def send(listening: dict[str, Any]) -> socket.socket:
    """Send a session's calls and packets to a scope, as its first line has it; return the tap's connection."""
    calls, packets = (
        (host, int(port)) for host, _, port in (listening[what][0].rpartition(":") for what in ("calls", "packets"))
    )
    with socket.socket(type=socket.SOCK_DGRAM) as reporter:
        for datagram in datagrams(session_calls()):
            reporter.sendto(datagram, calls)
    tap = socket.create_connection(packets, DEADLINE_S)
    tap.sendall(HEADER + records(session()))
    return tap


def last_event(scope: Service) -> tuple[int, str, dict[str, Any]]:
    """Return exit code, standard output and the log's last line."""
    code, stdout, lines = scope.outcome()
    return code, stdout, json.loads(lines[-1])


def test_it_shows_a_session_and_ends_after_it() -> None:
    """Told to show one conversation: on standard output there is nothing but that."""
    with service("scope", *_ANY_PORTS, "--conversations", "1") as scope, send(scope.wait_for("scope_listening")):
        code, stdout, last = last_event(scope)
    assert code == 0
    assert json.loads(stdout)["client"] == CLIENT
    assert (last["event"], last["packets"], last["conversations"]) == ("scope_stopped", len(session().packets), 1)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGHUP])
def test_it_ends_when_told_to(signum: signal.Signals) -> None:
    """With exit code 0, and what was still open shown."""
    with service("scope", *_ANY_PORTS) as scope:
        with send(scope.wait_for("scope_listening")):
            pass
        scope.wait_for("tap_finished")
        scope.signal(signum)
        code, stdout, last = last_event(scope)
    assert (code, last["event"]) == (0, "scope_stopped")
    assert json.loads(stdout)["client"] == CLIENT


def test_the_latest_are_written_when_asked_for(tmp_path: Path) -> None:
    """By SIGUSR1, and it goes on."""
    with service("scope", *_ANY_PORTS, "--captures", str(tmp_path)) as scope:
        scope.wait_for("scope_listening")
        scope.signal(signal.SIGUSR1)
        scope.wait_for("latest_written", conversations=0)
        scope.signal(signal.SIGTERM)
        assert scope.outcome()[0] == 0
    assert json.loads((tmp_path / "latest.json").read_text())["conversations"] == []


def test_the_latest_are_written_at_the_end_too(tmp_path: Path) -> None:
    """What was still open is among them, as far as it got: there is no later time to ask."""
    with service("scope", *_ANY_PORTS, "--captures", str(tmp_path)) as scope:
        scope.wait_for("scope_listening")
        scope.signal(signal.SIGTERM)
        assert scope.outcome()[0] == 0
    assert json.loads((tmp_path / "latest.json").read_text())["conversations"] == []


def test_without_a_folder_there_is_nowhere_to_write_the_latest() -> None:
    """It is said, and the scope goes on."""
    with service("scope", *_ANY_PORTS) as scope:
        scope.wait_for("scope_listening")
        scope.signal(signal.SIGUSR1)
        scope.wait_for("latest_not_written")
        scope.signal(signal.SIGTERM)
        assert scope.outcome()[0] == 0


def test_a_folder_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    """Variable, flag, value and reason, and exit code 2."""
    folder = tmp_path / "nowhere"
    assert refusal(main, *_ANY_PORTS, "--captures", str(folder)) == (
        f"scope: ECHO_SCOPE_CAPTURES (--captures) is {str(folder)!r}: cannot be written (No such file or directory)"
    )


def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    """With what it is for."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = refusal(main, *_ANY_PORTS[:4], "--packets-port", str(port))
    assert line == (
        f"scope: cannot listen on ECHO_HOST='127.0.0.1' ECHO_SCOPE_PACKETS_PORT={port}: Address already in use"
    )
