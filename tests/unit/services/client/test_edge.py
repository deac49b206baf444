"""The client as a process: its document, exit codes and signals."""

import fcntl
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loops import running_loop
from tests.unit.harness.processes import Service, service
from tests.unit.harness.receiver import Receiver, receiver
from tests.unit.harness.sockets import receive, scripted_peer


@dataclass
class Clients:
    """A client for each test, started all at once: each takes half a second until it has imported everything."""

    served: Service
    failing: Service
    refusing: Service
    waiting: Service
    silent_peer: socket.socket
    pausing: Service
    blocked: Service
    blocked_stdout: int
    watched: Service
    scope: Receiver


def flip(sock: socket.socket) -> None:
    """Echo a wrong byte."""
    receive(sock, 5)
    sock.sendall(b"Hallo")


def full_pipe() -> tuple[int, int]:
    """Return a pipe that takes nothing more until it is read."""
    reader, writer = os.pipe()
    os.write(writer, bytes(fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)))
    return reader, writer


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    """Start them, and end those that still run."""
    with ExitStack() as stack:

        def start(address: tuple[str, int], *more: str, stdout: int | None = None) -> Service:
            arguments = ["--host", address[0], "--port", str(address[1]), *more]
            return stack.enter_context(service("client", *arguments, stdout=stdout))

        server = stack.enter_context(running_loop()).address
        scope = stack.enter_context(receiver())
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        silent.settimeout(DEADLINE_S)
        reader, writer = full_pipe()
        stack.callback(os.close, reader)
        yield Clients(
            served=start(server, "--message", "你好"),
            failing=start(stack.enter_context(scripted_peer(flip))),
            refusing=start(("127.0.0.1", 70_000)),
            waiting=start(silent.getsockname()),
            silent_peer=silent,
            pausing=start(server, "--sessions", "0", "--interval-s", "3600"),
            blocked=start(server, stdout=writer),
            blocked_stdout=reader,
            watched=start(server, "--scope", "{}:{}".format(*scope.address), "--watch-calls", "20"),
            scope=scope,
        )


def document(stdout: str) -> dict[str, Any]:
    """Return what stdout holds: one JSON document on one line, and nothing else."""
    (line,) = stdout.splitlines()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_every_byte_back_is_exit_code_0(clients: Clients) -> None:
    """The document on stdout counts the session, and the log is on stderr."""
    code, stdout, lines = clients.served.outcome()
    result = document(stdout)
    assert (code, result["sessions"], result["sessions_failed"], result["bytes_verified"]) == (0, 1, 0, 6)
    assert [json.loads(line)["event"] for line in lines] == ["session_completed"]


def test_a_failed_session_is_exit_code_1(clients: Clients) -> None:
    """A wrong byte is a failure that the document counts and the log explains."""
    code, stdout, lines = clients.failing.outcome()
    result = document(stdout)
    assert (code, result["sessions_failed"], result["errors"]) == (1, 1, {"mismatch": 1})
    assert "byte 1 came back wrong" in json.loads(lines[-1])["why"]


def test_a_bad_setting_is_one_line_and_exit_code_2(clients: Clients) -> None:
    """Nothing is on stdout: there was no run."""
    line = "client: ECHO_PORT (--port) is '70000': should be less than or equal to 65535"
    assert clients.refusing.outcome() == (2, "", [line])


def test_sigint_in_mid_session_prints_what_was_done(clients: Clients) -> None:
    """The exit code is 130, and the bytes that were under way are counted."""
    peer, _ = clients.silent_peer.accept()
    with peer:
        assert receive(peer, 5) == b"Hello"
        clients.waiting.wait_until_asleep()  # it has counted what it sent, and waits for the echo
        clients.waiting.signal(signal.SIGINT)
        code, stdout, _ = clients.waiting.outcome()
    result = document(stdout)
    assert (code, result["sessions"], result["bytes_sent"], result["bytes_verified"]) == (130, 0, 5, 0)


def test_sigterm_between_sessions_prints_what_was_done(clients: Clients) -> None:
    """The exit code is 143, and the sessions so far are counted."""
    clients.pausing.wait_for("session_completed")
    clients.pausing.signal(signal.SIGTERM)
    code, stdout, _ = clients.pausing.outcome()
    assert (code, document(stdout)["sessions"]) == (143, 1)


def test_a_signal_after_the_last_session_does_not_cut_off_the_document(clients: Clients) -> None:
    """Whoever reads slowly gets all of it, and the exit code of the run."""
    clients.blocked.wait_for("session_completed")
    clients.blocked.wait_until_asleep()  # all that is left to do is to write, and the pipe is full
    clients.blocked.signal(signal.SIGTERM)
    with os.fdopen(os.dup(clients.blocked_stdout)) as stdout:
        printed = stdout.read()
    assert document(printed.lstrip("\0"))["sessions"] == 1
    assert clients.blocked.outcome()[0] == 0


def test_the_scope_is_told_the_only_session_from_its_first_call(clients: Clients) -> None:
    """It is over before anybody could have resolved a name, and yet nothing of it is missing."""
    assert clients.watched.outcome()[0] == 0
    calls = clients.scope.calls()
    assert [call["call"] for call in calls] == ["socket", "connect", "send", "recv", "shutdown", "recv", "close"]
    assert {(call["service"], call["pid"]) for call in calls} == {("client", clients.watched.pid)}
    assert clients.scope.notices() == []


@pytest.mark.parametrize("command", [[], ["load", "--duration-s", "0.1", "--warmup-s", "0"]], ids=["session", "load"])
def test_a_result_that_cannot_be_printed_is_one_line_and_exit_code_1(command: list[str]) -> None:
    """A full disk behind stdout costs the document, and is said; there is no traceback."""
    with running_loop() as server:
        where = ["--host", server.address[0], "--port", str(server.address[1]), "--log-level", "error"]
        full = os.open("/dev/full", os.O_WRONLY)
        with service("client", *command, *where, stdout=full) as client:
            code, _, lines = client.outcome()
    assert (code, lines) == (1, ["client: standard output cannot be written (No space left on device)"])
