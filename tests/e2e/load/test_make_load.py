"""`make load` when something goes wrong: what is printed, and with which code it ends."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient
from docker.models.containers import Container

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.containers import wait_for_event, wait_for_load
from tests.e2e.harness.making import make, making
from tests.e2e.harness.sweeping import project_name
from tests.e2e.harness.waiting import wait_until

# A replica's entry point: it runs the client, but that of the first replica to come is killed while it prints its
# result. The pipe holds 4 KiB, so that it cannot have printed all by then.
_KILLS_WHO_PRINTS = """
import fcntl, os, signal, subprocess, sys
command = [sys.executable, "-m", "services.client", *sys.argv[1:]]
try:
    os.mkdir("/turn/taken")
except FileExistsError:
    os.execv(command[0], command)
client = subprocess.Popen(command, stdout=subprocess.PIPE)
fcntl.fcntl(client.stdout, fcntl.F_SETPIPE_SZ, 4096)
beginning = client.stdout.read(1000)
client.kill()
os.write(1, beginning)
os.kill(os.getpid(), signal.SIGKILL)
"""

# A busy machine takes its time to start all replicas.
_PATIENT = {"ECHO_LOAD_CONNECT_TIMEOUT_S": "60"}
_LONG = {"CLIENTS": "3", "RATE": "100", "ECHO_LOAD_DURATION_S": "60", "REPORT": "--json", **_PATIENT}


@pytest.fixture
def project() -> Iterator[str]:
    """Give the name of a Compose project of the test's own, which is taken down."""
    name = project_name()
    yield name
    make("down", name, ARGS="--volumes --timeout 0")


def measuring(engine: DockerClient, project: str, replicas: int) -> list[Container]:
    """Return the replicas, by their numbers, as soon as all have begun to measure."""
    labels = [f"com.docker.compose.project={project}", "com.docker.compose.service=client"]

    def found() -> list[Container]:
        listed = engine.containers.list(filters={"label": labels})
        return listed if len(listed) == replicas else []

    clients = sorted(wait_until(found, "all replicas run", 60), key=lambda one: str(one.name))
    for client in clients:
        wait_for_event(client, "replicas_met")
    for client in clients:
        wait_for_event(client, "load_progressed")
    return clients


def test_a_replica_that_is_killed_is_missed(engine: DockerClient, project: str) -> None:
    """The report names it and marks its totals as partial, and the recipe ends with 1; Ctrl-C gives what there is.

    Interrupted as a whole, since nobody waits for a minute: the others print what they have, and it is merged.
    """
    with making("load", project, **_LONG) as made:
        clients = measuring(engine, project, 3)
        clients[1].kill()
        wait_for_load(clients[0], left_s=50)
        made.interrupt()
        done = made.end()
    report: dict[str, Any] = json.loads(done.stdout)
    assert [row["replica"] for row in report["replicas"]] in (["client-1", "client-3"], ["client-3", "client-1"])
    assert (report["partial"], report["replicas_expected"], report["interrupted"]) == (True, 3, "SIGINT")
    assert report["notes"][0].startswith("2 of 3 replicas reported: client-2 is missing")
    assert report["messages_verified"] > 1_000
    assert "client-2 exited with code 137" in done.stderr
    assert done.returncode != 0
    assert "Error 130" in done.stderr


def test_a_replica_that_is_killed_while_it_prints_is_missed(project: str, tmp_path: Path) -> None:
    """Half a result costs no other: what is whole is reported, marked as partial, and the recipe ends with 1."""
    turn, changed = tmp_path / "turn", tmp_path / "changed.json"
    turn.mkdir()
    turn.chmod(0o777)  # the client is nobody here
    client = {"entrypoint": ["python3", "-c", _KILLS_WHO_PRINTS], "volumes": [f"{turn}:/turn"]}
    changed.write_text(json.dumps({"services": {"client": client}}))
    short = {"CLIENTS": "2", "RATE": "500", "ECHO_LOAD_DURATION_S": "3", "REPORT": "--json", **_PATIENT}
    done = make("load", project, COMPOSE_FILE=f"{REPOSITORY / 'docker-compose.yml'}:{changed}", **short)
    report: dict[str, Any] = json.loads(done.stdout)
    (whole,) = (row["replica"] for row in report["replicas"])
    killed = {"client-1": "client-2", "client-2": "client-1"}[whole]
    # Compose leaves out a line that has no end: so who is missing is known from the other alone.
    assert (report["partial"], report["replicas_expected"]) == (True, 2)
    assert report["messages_verified"] == report["messages_due"] == 1500
    assert report["notes"][0].startswith(f"1 of 2 replicas reported: {killed} is missing")
    assert f"{killed} exited with code 137" in done.stderr
    assert "Error 1\n" in done.stderr


def test_thresholds_are_judged_on_all_replicas_together(project: str) -> None:
    """What the replicas were given is asked of the merged result; a missed one is the recipe's 99."""
    short = {"CLIENTS": "2", "RATE": "100", "ECHO_LOAD_DURATION_S": "1", "ECHO_LOAD_WARMUP_S": "0", "REPORT": "--json"}
    done = make("load", project, ECHO_LOAD_MAX_P99_US="1", ECHO_LOAD_MIN_RATE="1", **short, **_PATIENT)
    assert "Error 99" in done.stderr
    assert [(one["setting"], one["allowed"], one["met"]) for one in json.loads(done.stdout)["thresholds"]] == [
        ("max_p99_us", 1, False),
        ("min_rate", 2, True),
    ]


def test_a_wrong_setting_is_said_once_and_passed_on(project: str) -> None:
    """All replicas refuse it with the same line, and the recipe ends with their 2."""
    done = make("load", project, CLIENTS="2", ECHO_LOAD_CONNECTIONS="0")
    assert "Error 2" in done.stderr
    assert done.stderr.count("ECHO_LOAD_CONNECTIONS (--connections) is '0'") == 1
    assert done.stdout == ""


@pytest.mark.parametrize("clients", ["0", "1001", "two", ""])
def test_a_number_of_replicas_that_cannot_be_is_refused(project: str, clients: str) -> None:
    """Before anything is built or started, and with the variable's name."""
    done = make("load", project, CLIENTS=clients)
    assert f"CLIENTS is '{clients}': should be a whole number from 1 to 1000\n" in done.stderr
    assert "Error 2" in done.stderr


@pytest.mark.parametrize("page", ["yes", "ON", ""])
def test_a_page_that_is_neither_on_nor_off_is_refused(project: str, page: str) -> None:
    """Before anything is built or started, in one line with the variable's name."""
    done = make("load", project, PAGE=page)
    assert f"PAGE is '{page}': should be on or off\n" in done.stderr
    assert "Error 2" in done.stderr


def test_a_page_is_served_while_the_load_runs_and_its_report_after_it(project: str, tmp_path: Path) -> None:
    """The address comes first; what the clients tell the scope costs the load no message."""
    page = tmp_path / "load.html"
    short = {"CLIENTS": "2", "RATE": "100", "ECHO_LOAD_DURATION_S": "1", "ECHO_LOAD_WARMUP_S": "0"}
    done = make("load", project, PAGE="on", REPORT=f"--json --html {page}", **short, **_PATIENT)
    assert re.search(r"page: open http://127\.0\.0\.1:\d+/#/load in a browser\n", done.stderr), done.stderr
    assert (done.returncode, json.loads(done.stdout)["messages_verified"]) == (0, 200)
    assert f"report: open file://{page} in a browser\n" in done.stderr
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
