"""Hosts that are cut off or killed, and a server that is replaced, while clients on all hosts have connections open."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.conftest import REPLICAS, Swarm
from tests.e2e.hosts.lab import Host, ready

# To make three engines, and to have them form a Swarm, is part of the first test's time.
pytestmark = pytest.mark.timeout(300)

_CLIENT, _SERVER = "echoscope_client", "echoscope_server"

# A load's bytes; sessions of the deployed clients send a tenth of them in the same time.
_UNDER_WAY_BYTES = 20_000

# Swarm finds a node down after three heartbeats of 2 s, and starts its replicas elsewhere.
_MOVED_WITHIN_S = 100

# The overlay between hosts that have lost sight of each other: Docker's own exchange of tables has taken up to 52 s.
_ECHOES_WITHIN_S = 150

# For a load that ends by itself: fifteen seconds of it, and what a busy machine takes to start and stop containers.
_ENDED_WITHIN_S = 120


class _Ended(NamedTuple):
    """What a load left: its exit code, what it said, and its report."""

    code: int
    said: list[str]
    report: dict[str, Any]


@contextlib.contextmanager
def _under_way(swarm: Swarm, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a load, and yield it when its messages are measured; there is no warm-up."""
    before = swarm.counters()["echo_received_bytes_total"]
    told = {"CLIENTS": str(REPLICAS), "RATE": "50", "ECHO_LOAD_WARMUP_S": "0", "DOCKER_HOST": swarm.manager.socket}
    told["ECHO_LOAD_CONNECT_TIMEOUT_S"] = "60"  # a busy machine takes its time to start all replicas
    with subprocess.Popen(
        [".ci/swarm", "load", "--json"],
        cwd=REPOSITORY,
        env={**os.environ, **told, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as load:
        try:
            wait_until(
                lambda: swarm.counters()["echo_received_bytes_total"] - before > _UNDER_WAY_BYTES,
                "the load is under way",
                _ENDED_WITHIN_S,
            )
            yield load
        finally:
            if load.poll() is None:
                os.killpg(load.pid, signal.SIGTERM)


def _ended(load: "subprocess.Popen[str]") -> _Ended:
    output, said = load.communicate(timeout=_ENDED_WITHIN_S)
    assert output, said
    return _Ended(load.returncode, said.splitlines(), json.loads(output))


def _status(swarm: Swarm, host: Host) -> str:
    return swarm.manager.docker("node", "inspect", "--format", "{{.Status.State}}", host.name).strip()


def _are_on(swarm: Swarm, *hosts: Host) -> bool:
    """Tell whether as many clients run as should, and all of them on these hosts."""
    nodes = swarm.nodes_of(_CLIENT).values()
    return len(nodes) == REPLICAS and set(nodes) <= {host.name for host in hosts}


def _settle(swarm: Swarm) -> None:
    """Have the clients run, whatever an earlier test has done."""
    swarm.manager.docker("service", "scale", "--detach", f"{_CLIENT}={REPLICAS}")
    wait_until(lambda: _are_on(swarm, *swarm.hosts), "every client runs", _MOVED_WITHIN_S)


def test_a_rolling_update_of_the_server_loses_no_byte(deployed: Swarm) -> None:
    """Connections that are open end at the old server, and new ones find the new: no session fails."""
    with _under_way(deployed, ECHO_LOAD_MESSAGES_PER_CONNECTION="10", ECHO_LOAD_DURATION_S="300") as load:
        stopped = len(deployed.events(_SERVER, "server_stopped"))
        deployed.manager.docker("service", "update", "--force", "--detach", _SERVER)
        wait_until(lambda: len(deployed.events(_SERVER, "server_stopped")) > stopped, "the old server has drained", 120)
        wait_until(
            lambda: deployed.counters()["echo_received_bytes_total"] > _UNDER_WAY_BYTES, "the new server echoes", 120
        )
        os.killpg(load.pid, signal.SIGINT)
        ended = _ended(load)
    assert ended.code == 130
    report = ended.report
    assert len(report["replicas"]) == REPLICAS
    assert report["sessions_failed"] == report["mismatches"] == 0
    assert report["messages_verified"] == report["messages_sent"] > 0
    assert report["bytes_verified"] == report["bytes_sent"]
    assert [event["cut"] for event in deployed.events(_SERVER, "server_stopped")[stopped:]] == [0]


class _Rough(NamedTuple):
    """A load during which one host was cut off for a while, and another was killed."""

    cut: Host
    outage_us: float
    killed: Host
    ended: _Ended


@pytest.fixture(scope="class")
def rough(deployed: Swarm) -> Iterator[_Rough]:
    """Yield what came of it; the killed host is started again at the end."""
    _settle(deployed)
    killed = deployed.from_elsewhere()
    server = deployed.node_of(_SERVER)
    (cut,) = (host for host in deployed.hosts if host.name not in {server, killed.name})
    with _under_way(deployed, ECHO_LOAD_DURATION_S="15", ECHO_LOAD_TIMEOUT_S="30") as load:
        cut.unplug()
        begun = time.monotonic()
        time.sleep(1)  # the outage itself; Swarm takes a node that is silent for six seconds to be down
        outage_us = (time.monotonic() - begun) * 1e6
        cut.plug_in()
        killed.halt()
        ended = _ended(load)
    yield _Rough(cut, outage_us, killed, ended)
    killed.boot()
    wait_until(lambda: ready(deployed.manager) == len(deployed.hosts), "the killed host is back", _MOVED_WITHIN_S)


class TestRough:
    """One host is cut off for a second, and another is killed, during one load."""

    def test_connections_survive_a_short_outage(self, rough: _Rough) -> None:
        """What was sent into the void is sent again: it is late, and every byte is verified."""
        report = rough.ended.report
        assert report["sessions_failed"] == report["mismatches"] == 0
        assert report["messages_verified"] == report["messages_due"] > 0
        # Messages are due all the time: the first that waited did so for nearly all of it.
        assert report["latency_us"]["max"] > 0.9 * rough.outage_us

    def test_the_report_says_who_is_missing_of_a_host_that_was_killed(self, rough: _Rough) -> None:
        """What the others have measured is kept, and the exit code is that of a load with a replica missing."""
        report = rough.ended.report
        numbers = {f"load.{number}" for number in range(1, REPLICAS + 1)}
        missing = numbers - {replica["replica"] for replica in report["replicas"]}
        assert rough.ended.code == 1
        assert report["replicas_expected"] == REPLICAS
        assert len(missing) == 2
        said = [line for line in rough.ended.said if "has no result" in line]
        why = f"on {rough.killed.name} has no result: the node is down"
        assert said == [f"swarm: echoscope-{name} {why}" for name in sorted(missing)]
        assert any(all(name in note for name in missing) for note in report["notes"])

    def test_replicas_of_a_killed_host_are_placed_on_the_others(self, deployed: Swarm, rough: _Rough) -> None:
        """Swarm finds the node down, and has as many clients as before."""
        others = [host for host in deployed.hosts if host is not rough.killed]
        wait_until(lambda: _are_on(deployed, *others), "its clients are elsewhere", _MOVED_WITHIN_S)


def test_a_host_that_was_cut_off_comes_back(deployed: Swarm) -> None:
    """Its clients are placed elsewhere; when it is back its old ones end, and it is given new ones that echo."""
    host = deployed.from_elsewhere()
    wait_until(lambda: ready(deployed.manager) == len(deployed.hosts), "every host is there", _MOVED_WITHIN_S)
    _settle(deployed)
    host.unplug()
    try:
        wait_until(lambda: _status(deployed, host) == "down", "its node is down", _MOVED_WITHIN_S)
        others = [other for other in deployed.hosts if other is not host]
        wait_until(lambda: _are_on(deployed, *others), "its clients are elsewhere", _MOVED_WITHIN_S)
    finally:
        host.plug_in()
    wait_until(lambda: _status(deployed, host) == "ready", "its node is back", _MOVED_WITHIN_S)
    label = f"label=com.docker.swarm.service.name={_CLIENT}"
    wait_until(lambda: not host.docker("ps", "--quiet", "--filter", label), "its old clients end", _MOVED_WITHIN_S)
    deployed.manager.docker("service", "scale", "--detach", f"{_CLIENT}={2 * REPLICAS}")
    wait_until(lambda: host.name in deployed.nodes_of(_CLIENT).values(), "it has clients again", _MOVED_WITHIN_S)
    container, *_ = host.docker("ps", "--quiet", "--filter", label).split()
    session = ("docker", "-H", host.socket, "exec", container, "python3", "-m", "services.client", "--sessions", "1")
    wait_until(
        lambda: subprocess.run(session, capture_output=True, check=False, timeout=60).returncode == 0,
        "they echo again",
        _ECHOES_WITHIN_S,
    )
