"""The system on three hosts: deployed and loaded as `make swarm` and `make swarm-load` do it, and gone afterwards."""

import ipaddress
import json
import sys

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.commands import run
from tests.e2e.hosts.conftest import REPLICAS, Swarm
from tests.e2e.hosts.lab import SWITCH

# To make three engines, and to have them form a Swarm, is part of the first test's time.
pytestmark = pytest.mark.timeout(300)

# Swarm's own pool of addresses for overlay networks.
_OVERLAY = ipaddress.ip_network("10.0.0.0/8")


def _counters_at_rest(swarm: Swarm) -> dict[str, float] | None:
    """Return them if no connection is open just then, the health check's included."""
    now = swarm.counters()
    return now if now["echo_connections_open"] == 0 else None


def test_replicas_are_spread_over_the_hosts(deployed: Swarm) -> None:
    """Six replicas are two on each of three hosts."""

    def are_spread() -> bool:
        nodes = list(deployed.nodes_of("echoscope_client").values())
        return [nodes.count(host.name) for host in deployed.hosts] == [2, 2, 2]

    wait_until(are_spread, "two clients run on each host")


def test_sessions_between_hosts_are_verified(deployed: Swarm) -> None:
    """Clients on every host get every byte back, from addresses of the overlay that spans the hosts."""

    def peers() -> set[str]:
        closed = deployed.events("echoscope_server", "connection_closed")
        return {event["peer"].rpartition(":")[0].strip("[]") for event in closed} - {"127.0.0.1", "::1"}

    wait_until(lambda: len(peers()) >= REPLICAS, "every client has had a session", 120)
    assert all(ipaddress.ip_address(peer) in _OVERLAY for peer in peers())
    completed = deployed.events("echoscope_client", "session_completed")
    assert all(event["verified_bytes"] == event["sent_bytes"] > 0 for event in completed)


def test_what_passes_between_the_hosts_is_the_overlays_vxlan(deployed: Swarm) -> None:
    """The echo of clients on another host crosses the switch, inside VXLAN."""
    port = deployed.from_elsewhere().port
    sniff = (sys.executable, str(REPOSITORY / "tests/e2e/hosts/sniff.py"), port, "2", "5000")

    def crosses() -> bool:
        counts = json.loads(run("nsenter", f"--net=/run/netns/{SWITCH}", *sniff))
        return bool(counts["echo"] >= 10)  # a session of ten segments every second, of two clients

    wait_until(crosses, "echo passes the switch")


def test_the_merged_report_agrees_with_the_server_to_the_byte(deployed: Swarm) -> None:
    """Six replicas on three hosts: one report, and its sum is what the server counted."""
    deployed.manager.docker("service", "scale", "--detach", "echoscope_client=0")
    wait_until(lambda: deployed.has_ended("echoscope_client"), "the sessions have ended")
    before = wait_until(lambda: _counters_at_rest(deployed), "their connections have ended")
    # A busy machine takes its time to start all replicas.
    told = {"CLIENTS": str(REPLICAS), "RATE": "100", "ECHO_LOAD_DURATION_S": "2", "ECHO_LOAD_CONNECT_TIMEOUT_S": "60"}
    done = deployed.command("load", "--json", **told)
    assert done.returncode == 0, done.stderr
    merged = json.loads(done.stdout)
    assert len(merged["replicas"]) == REPLICAS
    assert merged["messages_verified"] == REPLICAS * 2 * 100
    after = wait_until(lambda: _counters_at_rest(deployed), "the load's connections have ended")
    assert before is not None
    assert after is not None
    sent_bytes = merged["bytes_sent"] + merged["warmup"]["bytes_sent"]
    accepted = after["echo_connections_accepted_total"] - before["echo_connections_accepted_total"]
    health_bytes = 8 * (accepted - merged["sessions"])
    assert after["echo_received_bytes_total"] - before["echo_received_bytes_total"] == sent_bytes + health_bytes


def test_a_node_without_the_images_is_named_before_anything_is_deployed(swarm: Swarm) -> None:
    """Nothing is half deployed: the images that are missing are said, and where."""
    done = swarm.command("deploy", TAG="nowhere")
    assert done.returncode == 2
    for host in swarm.hosts:
        assert f"echoscope/server:nowhere is missing on {' '.join(h.name for h in swarm.hosts)}" in done.stderr, host


def test_an_engine_in_no_swarm_is_told_so(swarm: Swarm) -> None:
    """The machine's own engine is not in one: one line, and how to make one."""
    done = swarm.command("deploy", DOCKER_HOST="unix:///var/run/docker.sock")
    assert done.returncode == 2
    assert "is in no Swarm: 'docker swarm init' makes one" in done.stderr


def test_a_worker_is_told_to_ask_a_manager(swarm: Swarm) -> None:
    """Only a manager deploys."""
    done = swarm.command("deploy", DOCKER_HOST=swarm.hosts[1].socket)
    assert done.returncode == 2
    assert "set DOCKER_HOST to a manager's" in done.stderr
