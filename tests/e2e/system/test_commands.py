"""What the README tells people to call, as they call it: what is on standard output, and what is left."""

import json
import uuid
from collections.abc import Iterator

import pytest
from docker import DockerClient

from tests.e2e.harness.making import make


@pytest.fixture
def project(engine: DockerClient) -> Iterator[str]:
    """Give the name of a Compose project of the test's own, which is taken down."""
    name = f"e2e-{uuid.uuid4().hex[:12]}"
    yield name
    make("down", name, ARGS="--volumes --timeout 0")
    assert _left(engine, name) == 0


def printed_by(target: str, project: str, **variables: str) -> str:
    """Return what the command prints on standard output; standard error is a pipe of its own."""
    done = make(target, project, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _left(engine: DockerClient, project: str) -> int:
    """Return how many containers, volumes and networks the project has."""
    label: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={project}"}
    volumes, networks = engine.volumes.list(filters=label), engine.networks.list(filters=label)
    return len(engine.containers.list(all=True, filters=label)) + len(volumes) + len(networks)


def test_one_command_prints_the_result_of_a_session(project: str) -> None:
    """`make session` prints one JSON document, and nothing else, where another program may read it."""
    result = json.loads(printed_by("session", project, ARGS="--message 你好"))
    assert (result["sessions"], result["bytes_verified"]) == (1, len("你好".encode()))


@pytest.mark.parametrize("arguments", [{}, {"ARGS": "--explain --lang zh"}])
def test_one_command_draws_a_handshake_and_leaves_nothing(
    engine: DockerClient, project: str, arguments: dict[str, str]
) -> None:
    """`make handshake` prints the ladder of one session, explained in Chinese if asked to, and removes its stack."""
    printed = printed_by("handshake", project, **arguments)
    assert all(found in printed for found in ("connect()", "SYN,ACK", "accept()", "TIME-WAIT"))
    assert "✗" not in printed  # a causal check that does not hold
    assert ("三次握手" in printed) is bool(arguments)
    assert _left(engine, project) == 0


def test_one_command_loads_a_server_with_many_replicas(engine: DockerClient, project: str) -> None:
    """`make load` prints one merged report, as JSON if asked to, and removes its stack."""
    short = {"ECHO_LOAD_DURATION_S": "2", "ECHO_LOAD_WARMUP_S": "0"}
    report = json.loads(printed_by("load", project, CLIENTS="2", RATE="100", REPORT="--json", **short))
    assert (report["messages_due"], report["messages_verified"], len(report["replicas"])) == (400, 400, 2)
    assert _left(engine, project) == 0
