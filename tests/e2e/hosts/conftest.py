"""Hosts of the tests' own: three of them, made once, with this checkout's images."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.containers import framed, unframed
from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.commands import LabFailed, run
from tests.e2e.hosts.lab import Host, down, lacking, left_over, up

# The system that is deployed for the tests: two clients a host, and each has a session a second.
REPLICAS = 6
_DEPLOYED = {"CLIENTS": str(REPLICAS), "ECHO_CLIENT_INTERVAL_S": "1", "PAGE": "on"}

# Tries a port of another host, sends what is no capture, and prints what comes back.
_STRANGER = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as sock:
        sock.sendall(b"GET / HTTP/1.1\\r\\nHost: page.example\\r\\n\\r\\n")
        print(sock.recv(100))
except ConnectionRefusedError:
    print("refused")
except OSError as error:  # a scope that is just being replaced
    print(error)
"""


class Swarm:
    """The hosts, and the project's own commands on the Swarm that they form."""

    def __init__(self, hosts: list[Host]) -> None:
        self.hosts = hosts
        self.manager = hosts[0]

    def command(self, what: str, *flags: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `.ci/swarm WHAT` as make does, on the manager's engine."""
        return subprocess.run(
            [".ci/swarm", what, *flags],
            cwd=REPOSITORY,
            env={**os.environ, "DOCKER_HOST": self.manager.socket, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=170,
        )

    def nodes_of(self, service: str) -> dict[str, str]:
        """Return the names of a service's running tasks, and the host that each is on."""
        form = ("--filter", "desired-state=running", "--format", "{{.Name}} {{.Node}} {{.CurrentState}}")
        lines = self.manager.docker("service", "ps", *form, service).splitlines()
        return {name: node for name, node, state, *_ in map(str.split, lines) if state == "Running"}

    def node_of(self, service: str) -> str:
        """Return the host that a service's only task is on; while that is being replaced, wait until it is one."""

        def only_one() -> str | None:
            nodes = list(self.nodes_of(service).values())
            return nodes[0] if len(nodes) == 1 else None

        return str(wait_until(only_one, f"{service} has one task"))

    def has_ended(self, service: str) -> bool:
        """Tell whether no host has a running container of a service."""
        label = f"label=com.docker.swarm.service.name={service}"
        return not any(host.docker("ps", "--quiet", "--filter", label) for host in self.hosts)

    def host(self, name: str) -> Host:
        """Return a host by its name."""
        return next(host for host in self.hosts if host.name == name)

    def from_elsewhere(self) -> Host:
        """Return a host that has clients, and neither the server nor the Swarm's manager."""
        server = self.node_of("echoscope_server")
        return next(host for host in self.hosts if host.name != server and host is not self.manager)

    def told_to_a_stranger(self, port: int) -> str:
        """Return what a program on another host gets from a port of the manager's, where the scope is."""
        stranger = (sys.executable, "-c", _STRANGER, self.manager.address, str(port))
        return run("nsenter", f"--net=/run/netns/{self.hosts[1].name}", *stranger).strip()

    def events(self, service: str, name: str) -> list[dict[str, Any]]:
        """Return the events of this name that a service's tasks have logged, on whichever host."""
        lines = self.manager.logs(service).splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def counters(self) -> dict[str, float]:
        """Return what the server has counted."""
        fetch = (
            "import urllib.request as r; print(r.urlopen('http://localhost:8000/metrics', timeout=5).read().decode())"
        )
        lines = self.execute("echoscope_server", "python3", "-c", fetch).splitlines()
        parts = (line.rpartition(" ") for line in lines if line and line[0] != "#")
        return {name: float(value) for name, _, value in parts}

    def execute(self, service: str, *command: str) -> str:
        """Run a command in the container of a service's only task until it has printed something; return that.

        The task may just be replaced.
        """

        def told() -> str:
            host = self.host(self.node_of(service))
            label = f"label=com.docker.swarm.service.name={service}"
            try:
                newest = host.docker("ps", "--quiet", "--filter", label).split()[:1]
                output = host.docker("exec", newest[0], *framed(*command, stderr=False)) if newest else ""
            except LabFailed:
                return ""
            return (unframed(output.encode()) or b"").decode()

        return wait_until(told, f"{service} tells what {' '.join(command)[:80]} asks")


@pytest.fixture(scope="session")
def swarm() -> Iterator[Swarm]:
    """Yield three hosts in one Swarm; where the machine cannot make them, say what it lacks."""
    missing = lacking()
    if missing is not None:
        pytest.skip(f"several hosts: this machine lacks {missing}")
    try:
        yield Swarm(up(3))
    finally:
        down()
    assert not left_over()


@pytest.fixture(scope="session")
def deployed(swarm: Swarm) -> Swarm:
    """Return the hosts with the system deployed; it goes with them. How a stack is taken down, test_deploy.py has."""
    done = swarm.command("deploy", **_DEPLOYED)
    assert done.returncode == 0, done.stderr
    assert f"page: open http://{swarm.manager.address}:8080/ in a browser" in done.stderr
    return swarm
