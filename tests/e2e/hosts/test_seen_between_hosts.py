"""What the taps on three hosts see of the overlay between them, and what the scope makes of it."""

import json
import urllib.request
from functools import partial
from typing import Any

import pytest

from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.conftest import Swarm
from tests.e2e.hosts.lab import Host

# To make three engines, and to have them form a Swarm, is part of the first test's time.
pytestmark = pytest.mark.timeout(300)

# Run beside the scope, whose page is published to nobody. With a client's address: prints the ladder, as JSON and as
# text, of one of its conversations that two taps have seen from beginning to end, with all calls; null where there is
# none yet. Without: all clients.
_ASK = """
import json, sys, urllib.error, urllib.request

def fetch(path):
    with urllib.request.urlopen("http://localhost:8080/api/conversations" + path, timeout=20) as answer:
        return answer.read().decode()

conversations = json.loads(fetch("?limit=200"))["conversations"]
found = sorted({one["client"].rpartition(":")[0] for one in conversations}) if len(sys.argv) == 1 else None
for one in conversations if len(sys.argv) > 1 else ():
    if one["client"].startswith(sys.argv[1] + ":") and one["outcome"] == "closed":
        try:
            ladder = json.loads(fetch("/%d" % one["id"]))
            is_whole = all(segment["left_ns"] and segment["arrived_ns"] for segment in ladder["segments"])
            # Clients that are there before the scope report to it as soon as they have found it; of a busy machine
            # the last record may come too late.
            calls = {(call["service"], call["call"]) for call in ladder["calls"]}
            ends = {(service, call) for service in ("client", "server") for call in ("recv", "send", "close")}
            if is_whole and ends | {("client", "connect"), ("server", "accept")} <= calls:
                found = {**ladder, "text": fetch("/%d.txt" % one["id"])}
                break
        except urllib.error.HTTPError:
            pass  # newer ones have taken its place
print(json.dumps(found))
"""


def _clients(host: Host) -> list[str]:
    """Return the overlay's addresses of the clients on a host."""
    label = "label=com.docker.swarm.service.name=echoscope_client"
    containers = host.docker("ps", "--quiet", "--filter", label).split()
    form = '{{(index .NetworkSettings.Networks "echoscope_echo").IPAddress}}'
    return host.docker("inspect", "--format", form, *containers).split()


def _servers_host(swarm: Swarm) -> Host:
    return swarm.host(swarm.node_of("echoscope_server"))


def _seen_whole(swarm: Swarm, client: str) -> dict[str, Any] | None:
    """Return the ladder of a client's conversation that two taps have seen whole, and both ends have reported."""
    ladder: dict[str, Any] | None = json.loads(swarm.execute("echoscope_scope", "python3", "-c", _ASK, client))
    return ladder


@pytest.fixture(scope="module")
def ladders(deployed: Swarm) -> dict[str, dict[str, Any]]:
    """Return, by the name of each host without the server, a ladder of one of its clients."""
    found: dict[str, dict[str, Any]] = {}
    for host in deployed.hosts:
        if host is not _servers_host(deployed):
            ask = partial(_seen_whole, deployed, _clients(host)[0])
            ladder = wait_until(ask, f"a client on {host.name} is seen from two hosts", 120)
            assert ladder is not None
            found[host.name] = ladder
    return found


def test_a_conversation_between_hosts_is_seen_from_both(deployed: Swarm, ladders: dict[str, dict[str, Any]]) -> None:
    """It is one, and names its vantage points from the client's to the server's."""
    server = _servers_host(deployed).name
    assert len(ladders) == 2
    for host, ladder in ladders.items():
        assert ladder["vantages"] == [host, server]
        assert len(ladder["segments"]) >= 9
        assert not any(segment["lost"] for segment in ladder["segments"])


def test_its_calls_are_those_of_both_hosts(ladders: dict[str, dict[str, Any]]) -> None:
    """They come to the scope by the overlay, and are joined with what the taps saw of it."""
    for ladder in ladders.values():
        assert len(ladder["checks"]) >= 7
        assert all(check["holds"] for check in ladder["checks"])


def test_the_overlays_tunnel_is_named_once(ladders: dict[str, dict[str, Any]]) -> None:
    """In the head of the ladder, and not at each segment."""
    for ladder in ladders.values():
        (tunnel,) = ladder["tunnels"]
        assert tunnel["kind"] == "VXLAN"
        assert ladder["text"].count("VXLAN") == 1


@pytest.mark.usefixtures("ladders")
def test_what_stays_on_the_servers_host_is_not_seen(deployed: Swarm) -> None:
    """It never leaves for another host: no tap has it, and so there is no ladder of it."""
    here = set(_clients(_servers_host(deployed)))
    assert len(here) == 2
    seen = set(json.loads(deployed.execute("echoscope_scope", "python3", "-c", _ASK)))
    assert seen
    assert not here & seen


def test_a_stranger_at_the_taps_port_is_refused(deployed: Swarm) -> None:
    """What is no capture is told nothing."""
    assert deployed.told_to_a_stranger(5002) == "b''"


def test_a_node_that_cannot_have_the_scope_is_named(deployed: Swarm) -> None:
    """Before anything is deployed: one that is not there, and one that takes no tasks."""
    done = deployed.command("deploy", SCOPE_NODE="nowhere")
    assert (done.returncode, done.stderr) == (2, "swarm: SCOPE_NODE is 'nowhere': should be a node of this Swarm\n")
    name = deployed.manager.name
    deployed.manager.docker("node", "update", "--availability", "pause", name)
    try:
        done = deployed.command("deploy")
    finally:
        deployed.manager.docker("node", "update", "--availability", "active", name)
    told = f"swarm: {name} takes no tasks (pause): set SCOPE_NODE to another node's name, for the scope\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_the_page_is_published_to_those_who_ask_for_it(deployed: Swarm) -> None:
    """At the address that is printed (conftest.py), and under no other name: a stranger's is refused."""
    wait_until(lambda: "421" in deployed.told_to_a_stranger(8080), "the page answers")
    with urllib.request.urlopen(f"http://{deployed.manager.address}:8080/", timeout=10) as answer:
        assert answer.status == 200
