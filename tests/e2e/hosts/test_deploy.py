"""`make swarm` on a stack that is there: with another image under the same tag, then from a registry; and its end."""

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

_STACK, _TAG, _NEW = "echo-again", "again", "org.echoscope.new"
_IMAGES = [f"echoscope/{service}" for service in ("server", "client", "tap", "scope")]
_FIRST_TAG = os.environ.get("TAG") or "latest"

_WITHIN_S = 120


def _change(swarm: Swarm, service: str, *changes: str) -> None:
    """Give each host another image of a service under the tag."""
    image = f"echoscope/{service}:{_TAG}"
    flags = [flag for change in (f"LABEL {_NEW}=yes", *changes) for flag in ("--change", change)]
    for host in swarm.hosts:
        container = host.docker("create", image).strip()
        host.docker("commit", *flags, container, image)
        host.docker("rm", container)


def _tasks(swarm: Swarm, service: str) -> dict[str, str]:
    """Return a service's containers that run, on whichever host, and "yes" for those of the new image, else ""."""
    form = ("--filter", f"label=com.docker.swarm.service.name={_STACK}_{service}", "--format", "{{.ID}}")
    return {
        container: host.docker("inspect", "--format", f'{{{{index .Config.Labels "{_NEW}"}}}}', container).strip()
        for host in swarm.hosts
        for container in host.docker("ps", *form).split()
    }


def _kept(host: Host) -> set[str]:
    """Return what a stack could leave on a host: the names of containers, networks and volumes."""
    lists = (("ps", "--all", "{{.Names}}"), ("network", "ls", "{{.Name}}"), ("volume", "ls", "{{.Name}}"))
    return {line for *what, name in lists for line in host.docker(*what, "--format", name).split()}


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


@pytest.fixture(scope="module")
def kept_before(swarm: Swarm, registry: str) -> list[set[str]]:
    """Return what each host has before there is a stack."""
    assert registry
    return [_kept(host) for host in swarm.hosts]


@pytest.fixture(scope="module")
def stack(swarm: Swarm, kept_before: list[set[str]]) -> Iterator[Swarm]:
    """Yield the hosts with a stack that nobody watches, whose images have a tag of their own."""
    assert len(kept_before) == len(swarm.hosts)
    for host in swarm.hosts:
        for image in _IMAGES:
            host.docker("tag", f"{image}:{_FIRST_TAG}", f"{image}:{_TAG}")
    done = swarm.command("deploy", STACK=_STACK, TAG=_TAG, CLIENTS="3", ECHO_SCOPE="")
    assert done.returncode == 0, done.stderr
    yield swarm
    swarm.command("down", STACK=_STACK)


def test_another_image_under_the_same_tag_replaces_what_runs(stack: Swarm) -> None:
    """When the command ends every client is the new one. An update that fails is said and taken back: exit code 1."""
    server = _tasks(stack, "server")
    assert list(_tasks(stack, "client").values()) == [""] * 3
    _change(stack, "client")
    _change(stack, "server", 'ENTRYPOINT ["false"]')
    done = stack.command("deploy", STACK=_STACK, TAG=_TAG, CLIENTS="3", ECHO_SCOPE="")
    assert done.returncode == 1
    (said,) = (line for line in done.stderr.splitlines() if "could not" in line)
    assert said.startswith(f"swarm: {_STACK}_server could not be updated (rollback_completed): ")
    assert list(_tasks(stack, "client").values()) == ["yes"] * 3
    assert _tasks(stack, "server") == server


def test_nodes_pull_what_was_pushed(stack: Swarm, registry: str) -> None:
    """The stack goes on with the registry's images, and is watched; the page is published to nobody."""
    told = {"STACK": _STACK, "TAG": _FIRST_TAG, "CLIENTS": "3", "REGISTRY": f"{registry}/echo"}
    done = stack.command("deploy", **told)
    assert done.returncode == 0, done.stderr
    assert set(stack.nodes_of(f"{_STACK}_tap").values()) == {host.name for host in stack.hosts}
    for host in stack.hosts:
        images = host.docker("ps", "--format", "{{.Image}}").split()
        ours = [image for image in images if image != REGISTRY_IMAGE]
        assert ours
        assert all(image.startswith(f"{registry}/echo/") for image in ours)
    assert stack.told_to_a_stranger(8080) == "refused"


def test_the_stack_leaves_nothing(stack: Swarm, kept_before: list[set[str]]) -> None:
    """No host keeps any of it, nor does one that was killed, as soon as it is back."""
    killed = stack.hosts[-1]
    killed.halt()
    try:
        done = stack.command("down", STACK=_STACK)
    finally:
        killed.boot()
    assert done.returncode == 0, done.stderr
    assert f"swarm: down: {killed.name}; what runs there ends when it is back" in done.stderr.splitlines()
    wait_until(lambda: [_kept(host) for host in stack.hosts] == kept_before, "nothing is left", _WITHIN_S)
    assert stack.manager.docker("stack", "services", "--quiet", _STACK) == ""
    wait_until(lambda: ready(stack.manager) == len(stack.hosts), "the killed host is back", _WITHIN_S)


def test_a_registry_that_does_not_answer_is_one_line(swarm: Swarm) -> None:
    """Nothing is deployed: the image that could not be pushed is named, and why."""
    done = swarm.command("deploy", STACK=_STACK, REGISTRY=f"{swarm.manager.address}:1/echo")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith(f"swarm: {swarm.manager.address}:1/echo/server:{_FIRST_TAG} cannot be pushed: ")
    assert swarm.manager.docker("stack", "services", "--quiet", _STACK) == ""
