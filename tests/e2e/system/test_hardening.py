"""What each running container may do: next to nothing; and that its processes get the signals."""

from pathlib import PurePath

import pytest
from docker.models.containers import Container

from tests.e2e.harness.compose import EVERY_SERVICE, TRACED_SERVICES
from tests.e2e.harness.containers import execute, printed, read
from tests.e2e.harness.stack import Stack

# The first of `make trace` has two images built, with some 40 MB of packages.
pytestmark = pytest.mark.timeout(900)

_CAP_NET_RAW = 13  # include/uapi/linux/capability.h


def service_of(container: Container) -> str:
    """Return the name that it has in the compose file."""
    return str(container.labels["com.docker.compose.service"])


def is_tap(container: Container) -> bool:
    """Tell whether it is one that listens in: what it may do more than the others, it needs for that."""
    return service_of(container) in ("tap", "traced-tap")


def runs_any_program(container: Container) -> bool:
    """Tell whether it is one that `make trace` has: a program that nobody here wrote needs more room."""
    return service_of(container) in ("traced-server", "traced-client")


@pytest.fixture(scope="module", params=(*EVERY_SERVICE, *TRACED_SERVICES))
def container(request: pytest.FixtureRequest, stack: Stack) -> Container:
    """Return a running container of each service in turn, made by `docker compose up`, or as `make trace` does."""
    if request.param in TRACED_SERVICES:
        request.getfixturevalue("traced_images")
        stack.compose("--profile", "trace", "up", "--detach", *TRACED_SERVICES, TRACE_CLIENT="sleep infinity")
    else:
        stack.compose("up", "--detach")
    (running,) = stack.service(request.param)
    assert running.status == "running"
    return running


def test_it_has_no_privileges(container: Container) -> None:
    """The engine was told: no capability but the tap's one, no new privileges, nothing of the host's."""
    host = container.attrs["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert [name.removeprefix("CAP_") for name in host["CapAdd"] or []] == (["NET_RAW"] if is_tap(container) else [])
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert not host["Privileged"]
    assert not any(host[shared] for shared in ("PidMode", "UsernsMode", "Devices"))
    mounts = {mount["Destination"]: mount["RW"] for mount in container.attrs["Mounts"]}
    of_service = {"scope": {"/captures": True}, "traced-server": {"/code": False}, "traced-client": {"/code": False}}
    assert mounts == of_service.get(service_of(container), {})


@pytest.mark.parametrize("process", ["1", "self"])
def test_its_processes_have_no_capabilities(container: Container, process: str) -> None:
    """The kernel agrees, for its first process and for whatever else starts there: none, or the tap's NET_RAW."""
    facts = dict(line.split(":\t", 1) for line in read(container, f"/proc/{process}/status").splitlines())
    allowed = 1 << _CAP_NET_RAW if is_tap(container) else 0
    assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == int(facts["CapBnd"], 16) == allowed
    assert facts["NoNewPrivs"] == "1"


def test_it_does_not_run_as_root(container: Container) -> None:
    """User and group are numbers that no host has use for; only root gets a capability, and so the tap is root."""
    user = "0:0" if is_tap(container) else "10001:10001"
    assert container.attrs["Config"]["User"] == user
    ids = printed(container, "stat", "--format", "%u:%g", "/proc/1")
    assert ids == f"{user}\n"


def test_nothing_in_it_can_be_changed(container: Container) -> None:
    """The root file system is read-only, even for root; so is the code of a traced program, which has a /tmp."""
    assert container.attrs["HostConfig"]["ReadonlyRootfs"] is True
    last = "/code/changed" if runs_any_program(container) else "/tmp/changed"  # noqa: S108 - in the container
    for path in ("/changed", "/etc/changed", last):
        assert "Read-only file system" in printed(container, "sh", "-c", f"! touch {path}", user="0:0")


def test_it_cannot_exhaust_the_host(container: Container) -> None:
    """Memory and the number of processes are limited."""
    host = container.attrs["HostConfig"]
    memory, processes = (512, 256) if runs_any_program(container) else (256, 64)
    assert 0 < host["Memory"] <= memory * 1024 * 1024
    assert 0 < host["PidsLimit"] <= processes


def test_its_log_cannot_fill_the_disk(container: Container) -> None:
    """Docker starts a new file in time, and keeps a few."""
    log = container.attrs["HostConfig"]["LogConfig"]
    assert log["Type"] == "json-file"
    assert log["Config"] == {"max-size": "10m", "max-file": "3"}


def test_whoever_watches_comes_second(container: Container) -> None:
    """Where the processor is short, tap and scope get a quarter of what the echo gets (1024 is everyone's share)."""
    watches = is_tap(container) or service_of(container) == "scope"
    assert container.attrs["HostConfig"]["CpuShares"] == (256 if watches else 0)


def test_what_the_scope_keeps_is_its_own(container: Container) -> None:
    """The volume of the captures belongs to its user, and takes files."""
    if service_of(container) == "scope":
        ids = printed(container, "stat", "--format", "%u:%g", "/captures")
        assert ids == "10001:10001\n"
        assert execute(container, "touch", "/captures/taken")[0] == 0


def test_nothing_is_published_but_the_page_for_this_machine_alone(container: Container) -> None:
    """Nothing is reachable from outside the host; the scope's page is, from its own browser."""
    bound = container.attrs["HostConfig"]["PortBindings"] or {}
    of_the_page = {"8080/tcp": "127.0.0.1"} if container.labels["com.docker.compose.service"] == "scope" else {}
    assert {port: address["HostIp"] for port, (address,) in bound.items()} == of_the_page


def test_its_command_gets_the_signals(container: Container) -> None:
    """Commands are in exec form, below an init that reaps: no shell swallows SIGTERM."""
    assert container.attrs["HostConfig"]["Init"] is True
    entrypoint = container.attrs["Config"]["Entrypoint"]
    assert PurePath(entrypoint[0]).name == ("sleep" if service_of(container) == "netns" else "python3")
    health = container.attrs["Config"].get("Healthcheck", {"Test": ["CMD"]})
    assert health["Test"][0] in ("CMD", "NONE")


def test_it_belongs_to_one_network_of_its_own(container: Container, stack: Stack) -> None:
    """On the network are netns, client, scope and what is traced alone; Compose names them: replicas have room."""
    if service_of(container) in ("server", "tap"):
        assert container.attrs["HostConfig"]["NetworkMode"] == f"container:{stack.netns.id}"
    elif service_of(container) == "traced-tap":
        (server,) = stack.service("traced-server")
        assert container.attrs["HostConfig"]["NetworkMode"] == f"container:{server.id}"
    else:
        assert list(container.attrs["NetworkSettings"]["Networks"]) == [stack.network.name]
    assert (container.name or "").startswith(f"{stack.project}-")
