"""`make swarm REGISTRY=…`: images are pushed to a registry, the nodes pull them, and nothing of the stack stays."""

import os
from collections.abc import Iterator

import pytest

from tests.e2e.harness.tools import REGISTRY_IMAGE, build_registry
from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.commands import run
from tests.e2e.hosts.conftest import Swarm
from tests.e2e.hosts.lab import STATE, Host, ready

# To make three engines, and to have them form a Swarm, is part of the first test's time.
pytestmark = pytest.mark.timeout(300)

# Beside the stack of the other tests.
_STACK = "pulled"

_WITHIN_S = 120
_TAG = os.environ.get("TAG") or "latest"


@pytest.fixture(scope="module")
def registry(swarm: Swarm) -> Iterator[str]:
    """Yield the address of a registry on the first host, which every host may use without TLS."""
    build_registry()
    archive = STATE / "registry.tar"
    run("docker", "save", "--output", str(archive), REGISTRY_IMAGE)
    host = swarm.manager
    host.docker("load", "--quiet", "--input", str(archive))
    archive.unlink()
    container = host.docker("run", "--detach", "--rm", "--network", "host", REGISTRY_IMAGE).strip()
    yield f"{host.address}:5001"
    host.docker("rm", "--force", container)


def _kept(host: Host) -> set[str]:
    """Return what a stack could leave on a host: the names of containers, networks and volumes."""
    lists = (("ps", "--all", "{{.Names}}"), ("network", "ls", "{{.Name}}"), ("volume", "ls", "{{.Name}}"))
    return {line for *what, name in lists for line in host.docker(*what, "--format", name).split()}


def test_nodes_pull_what_was_pushed_and_the_stack_leaves_nothing(swarm: Swarm, registry: str) -> None:
    """Replicas run on every node, from the registry's images; then no host keeps any of it, nor one that was killed."""
    before = [_kept(host) for host in swarm.hosts]
    services = swarm.manager.docker("service", "ls", "--quiet")
    told = {"STACK": _STACK, "REGISTRY": f"{registry}/echo", "CLIENTS": "3", "ECHO_SCOPE": ""}
    done = swarm.command("deploy", **told)
    assert done.returncode == 0, done.stderr
    assert set(swarm.nodes_of(f"{_STACK}_client").values()) == {host.name for host in swarm.hosts}
    for host in swarm.hosts:
        assert f"{registry}/echo/client" in host.docker("images", "--format", "{{.Repository}}").split()
    killed = swarm.hosts[-1]
    killed.halt()
    try:
        done = swarm.command("down", STACK=_STACK)
    finally:
        killed.boot()
    assert done.returncode == 0, done.stderr
    assert f"swarm: down: {killed.name}; what runs there ends when it is back" in done.stderr.splitlines()
    wait_until(lambda: [_kept(host) for host in swarm.hosts] == before, "nothing is left", _WITHIN_S)
    assert swarm.manager.docker("service", "ls", "--quiet") == services
    wait_until(lambda: ready(swarm.manager) == len(swarm.hosts), "the killed host is back", _WITHIN_S)


def test_a_registry_that_does_not_answer_is_one_line(swarm: Swarm) -> None:
    """Nothing is deployed: the image that could not be pushed is named, and why."""
    done = swarm.command("deploy", STACK=_STACK, REGISTRY=f"{swarm.manager.address}:1/echo")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith(f"swarm: {swarm.manager.address}:1/echo/server:{_TAG} cannot be pushed: ")
    assert swarm.manager.docker("stack", "services", "--quiet", _STACK) == ""
