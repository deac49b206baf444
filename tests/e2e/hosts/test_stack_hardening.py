"""What the containers of a stack may do: no more than those of one machine, as far as Swarm has it."""

import json

import pytest

from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.conftest import Swarm
from tests.e2e.hosts.lab import SERVICES, Host

# To make three engines, and to have them form a Swarm, is part of the first test's time.
pytestmark = pytest.mark.timeout(300)

_CAP_NET_RAW = 13  # include/uapi/linux/capability.h


def _container(swarm: Swarm, service: str) -> tuple[Host, str]:
    """Return a container of a service, and the host that it is on."""
    nodes = wait_until(lambda: list(swarm.nodes_of(f"echoscope_{service}").values()), f"{service} runs")
    host = swarm.host(nodes[0])
    label = f"label=com.docker.swarm.service.name=echoscope_{service}"
    return host, host.docker("ps", "--quiet", "--filter", label).split()[0]


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_has_no_privileges(deployed: Swarm, service: str) -> None:
    """The kernel's word: the tap has NET_RAW, nobody has anything else or can get it, and no file can be written."""
    host, container = _container(deployed, service)
    # An engine may lose what a command prints that ends at once.
    told = wait_until(lambda: host.docker("exec", container, "cat", "/proc/1/status"), "the kernel's word is printed")
    status = dict(line.split(":\t", 1) for line in told.splitlines())
    allowed = 1 << _CAP_NET_RAW if service == "tap" else 0
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {allowed}
    assert status["NoNewPrivs"] == "1"
    (facts,) = json.loads(host.docker("inspect", container))
    assert facts["HostConfig"]["ReadonlyRootfs"]
    assert not facts["HostConfig"]["Privileged"]
    assert not facts["Mounts"]
    assert (facts["HostConfig"]["NetworkMode"] == "host") is (service == "tap")
