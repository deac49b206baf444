"""A log that cannot be written costs its lines, and nothing of what a service is for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import ROOT
from tests.unit.harness.servers import free_port


def full() -> int:
    """Return a descriptor on which there is no room."""
    return os.open("/dev/full", os.O_WRONLY)


def left() -> int:
    """Return a pipe's end whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def stopped() -> int:
    """Return a pipe's end whose reader does not read, and which is full."""
    _, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writer, True)
    return writer


FAILURES = pytest.mark.parametrize("make", [full, left, stopped])


def start(name: str, *arguments: str, stderr: int) -> "subprocess.Popen[bytes]":
    """Start a service with that standard error."""
    command = [sys.executable, "-m", f"services.{name}", *arguments]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr)
    os.close(stderr)
    return started


def run_client(port: int, log_format: str, stderr: int) -> tuple[int, dict[str, Any]]:
    """Run three sessions, each call a line of the log; return the exit code and the result."""
    flags = ("--host", "127.0.0.1", "--port", str(port), "--sessions", "3", "--interval-s", "0")
    client = start("client", *flags, "--log-level", "debug", "--log-format", log_format, stderr=stderr)
    stdout, _ = client.communicate(timeout=3 * DEADLINE_S)
    return client.returncode, json.loads(stdout)


@FAILURES
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_echoes_are_neither_lost_nor_unverified(make: Callable[[], int], log_format: str) -> None:
    """Every byte comes back, the result is printed, and both exit codes are those of a good end."""
    port = free_port()
    flags = ("--host", "127.0.0.1", "--port", str(port), "--http-port", "0", "--log-level", "debug")
    server = start("server", *flags, "--log-format", log_format, stderr=make())
    try:
        code, result = run_client(port, log_format, make())
        server.terminate()
        assert server.wait(2 * DEADLINE_S) == 0
    finally:
        server.kill()
        server.communicate()
    assert (code, result["messages_verified"]) == (0, 3)


@pytest.mark.parametrize("name", ["server", "client", "tap", "scope"])
@FAILURES
def test_a_bad_setting_is_exit_code_2_all_the_same(name: str, make: Callable[[], int]) -> None:
    """Though nobody can be told which it is."""
    refused = start(name, "--port", "-1", stderr=make())
    refused.communicate(timeout=3 * DEADLINE_S)
    assert refused.returncode == 2
