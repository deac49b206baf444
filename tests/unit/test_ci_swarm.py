"""`make swarm`, `make swarm-load` and `make hosts` with wrong input: one line, before anything is begun."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.hosts.__main__ import main
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import ROOT

# What it answers when it is asked about itself, and whether there is a system with a load; it can do nothing else.
_DOCKER = """#!/bin/sh
case "$*" in
    info*) echo "$STATE"; [ -n "$STATE" ] ;;
    "service ps"*) echo a-task ;;
    *inspect*) exit "${MISSING:-1}" ;;
    *) exit 1 ;;
esac
"""
_CLIENTS = "should be a whole number from 1 to 1000"
_REGISTRY = "should be host/name or host:port/name, as in registry.example:5000/echoscope"


def swarm(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `.ci/swarm` with an engine that is the manager of a Swarm, or what STATE says."""
    docker = folder / "docker"
    docker.write_text(_DOCKER)
    docker.chmod(0o755)
    settings = {"PATH": f"{folder}:{os.environ['PATH']}", "STATE": "active true", **environment}
    command = [str(ROOT / ".ci/swarm"), *arguments]
    return subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=DEADLINE_S
    )


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("CLIENTS", "0", _CLIENTS),
        ("CLIENTS", "x", _CLIENTS),
        ("CLIENTS", "1001", _CLIENTS),
        ("STACK", "a b", "should be at most 31 letters, digits, - and _"),
        ("TAG", "a b", "should be letters, digits, -, _ and ."),
        ("PAGE", "yes", "should be on or off"),
        ("PAGE_PORT", "65536", "should be a port"),
        ("PACKETS_PORT", "x", "should be a port"),
        ("REGISTRY", "name", _REGISTRY),
        ("REGISTRY", "host:port/name", _REGISTRY),
        ("REGISTRY", "https://host/name", _REGISTRY),
        ("REGISTRY", "host/", _REGISTRY),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, name: str, value: str, rule: str) -> None:
    """It names the setting, the value and the rule."""
    done = swarm(tmp_path, "deploy", **{name: value})
    assert (done.returncode, done.stderr) == (2, f"swarm: {name} is '{value}': {rule}\n")


def test_a_rate_that_is_no_number_is_one_line(tmp_path: Path) -> None:
    """The client's own rules hold, before there is a replica."""
    done = swarm(tmp_path, "load", RATE="x")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith("swarm: ECHO_LOAD_RATE (--rate) is 'x': should be a valid number")


def test_a_load_without_a_system_is_one_line(tmp_path: Path) -> None:
    """It says what to do first."""
    done = swarm(tmp_path, "load")
    assert (done.returncode, done.stderr) == (2, "swarm: nothing is deployed: 'make swarm' first\n")


def test_a_load_during_a_load_is_one_line(tmp_path: Path) -> None:
    """The one that is under way is left alone."""
    done = swarm(tmp_path, "load", MISSING="0")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith("swarm: a load is under way (echoscope-load): wait until it has ended")


@pytest.mark.parametrize("what", ["check", "deploy", "load", "down"])
@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("", "swarm: no engine answers 'docker info' at DOCKER_HOST=unix:///nowhere"),
        ("active false", "swarm: this engine is a worker of its Swarm: set DOCKER_HOST to a manager's"),
    ],
)
def test_an_engine_that_cannot_is_one_line(tmp_path: Path, what: str, state: str, line: str) -> None:
    """Whichever command it is."""
    done = swarm(tmp_path, what, STATE=state, DOCKER_HOST="unix:///nowhere")
    assert (done.returncode, done.stderr.splitlines()) == (2, [line])


@pytest.mark.parametrize("hosts", ["0", "x", "10", "", "01"])
def test_a_wrong_number_of_hosts_is_one_line(hosts: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before this machine is looked at."""
    assert main(["up", "--hosts", hosts]) == 2
    assert capsys.readouterr().err == f"hosts: HOSTS is '{hosts}': should be a whole number from 1 to 9\n"
