"""`make swarm` with another image under the same tag, as after a change of the code, is an update."""

import os
from collections.abc import Iterator

import pytest

from tests.e2e.hosts.conftest import Swarm

pytestmark = pytest.mark.timeout(300)

_STACK, _TAG, _NEW = "echo-again", "again", "org.echoscope.new"
_TOLD = {"STACK": _STACK, "TAG": _TAG, "CLIENTS": "3", "ECHO_SCOPE": ""}
_IMAGES = [f"echoscope/{service}" for service in ("server", "client", "tap", "scope")]


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


@pytest.fixture(scope="module")
def stack(swarm: Swarm) -> Iterator[Swarm]:
    """Yield the hosts with a stack, whose images have a tag of their own."""
    for host in swarm.hosts:
        for image in _IMAGES:
            host.docker("tag", f"{image}:{os.environ.get('TAG', 'latest')}", f"{image}:{_TAG}")
    done = swarm.command("deploy", **_TOLD)
    assert done.returncode == 0, done.stderr
    yield swarm
    swarm.command("down", STACK=_STACK)
    for host in swarm.hosts:
        host.docker("rmi", "--force", *(f"{image}:{_TAG}" for image in _IMAGES))


def test_another_image_under_the_same_tag_replaces_what_runs(stack: Swarm) -> None:
    """When the command ends every client is the new one; what has not changed goes on."""
    server, clients = _tasks(stack, "server"), _tasks(stack, "client")
    assert list(clients.values()) == [""] * 3
    _change(stack, "client")
    done = stack.command("deploy", **_TOLD)
    assert done.returncode == 0, done.stderr
    assert list(_tasks(stack, "client").values()) == ["yes"] * 3
    assert _tasks(stack, "server") == server


def test_an_update_that_fails_is_said_and_taken_back(stack: Swarm) -> None:
    """The server goes on as it was; the command says which service could not be updated, and exits with 1."""
    server = _tasks(stack, "server")
    _change(stack, "server", 'ENTRYPOINT ["false"]')
    done = stack.command("deploy", **_TOLD)
    assert done.returncode == 1
    assert f"swarm: {_STACK}_server could not be updated (rollback_completed): " in done.stderr
    assert _tasks(stack, "server") == server
