"""Hosts of the tests' own: three of them, made once, with this checkout's images."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.hosts.lab import Host, down, lacking, up


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

    def has_ended(self, service: str) -> bool:
        """Tell whether no host has a running container of a service."""
        label = f"label=com.docker.swarm.service.name={service}"
        return not any(host.docker("ps", "--quiet", "--filter", label) for host in self.hosts)

    def host(self, name: str) -> Host:
        """Return a host by its name."""
        return next(host for host in self.hosts if host.name == name)

    def execute(self, service: str, *command: str) -> str:
        """Run a command in the container of a service's only task."""
        (node,) = self.nodes_of(service).values()
        host = self.host(node)
        (container,) = host.docker(
            "ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={service}"
        ).split()
        return host.docker("exec", container, *command)


@pytest.fixture(scope="session")
def swarm() -> Iterator[Swarm]:
    """Yield three hosts in one Swarm; where the machine cannot make them, say what it lacks."""
    missing = lacking()
    if missing is not None:
        pytest.skip(f"several hosts: this machine lacks {missing}")
    down()  # what a run that was killed has left
    try:
        yield Swarm(up(3))
    finally:
        down()
