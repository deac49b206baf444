"""What the README tells people to call, as they call it: what is on standard output, and what is left."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from tests.e2e.harness.making import make
from tests.e2e.harness.sweeping import project_name
from tests.e2e.harness.waiting import wait_until


@pytest.fixture
def project(engine: DockerClient) -> Iterator[str]:
    """Give the name of a Compose project of the test's own, which is taken down."""
    name = project_name()
    yield name
    make("down", name, ARGS="--volumes --timeout 0")
    assert is_gone(engine, name)


def printed_by(target: str, project: str, **variables: str) -> str:
    """Return what the command prints on standard output; standard error is a pipe of its own."""
    done = make(target, project, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_gone(engine: DockerClient, project: str) -> bool:
    """Wait until the project has no container, volume or network: the engine takes a while to remove them."""
    label: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={project}"}
    kinds = (engine.networks, engine.volumes)

    def left() -> list[str]:
        containers = engine.containers.list(all=True, ignore_removed=True, filters=label)
        return [str(one.name) for one in (*containers, *(one for kind in kinds for one in kind.list(filters=label)))]

    return wait_until(lambda: not left(), f"everything of {project} is gone")


def test_one_command_prints_the_result_of_a_session(project: str) -> None:
    """`make session` prints one JSON document, and nothing else, where another program may read it."""
    # The engine of a busy machine now and then loses what a container has printed.
    result = json.loads(wait_until(lambda: printed_by("session", project, ARGS="--message 你好"), "it is printed"))
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
    assert is_gone(engine, project)


def test_one_command_loads_a_server_with_many_replicas(engine: DockerClient, project: str) -> None:
    """`make load` prints one merged report, as JSON if asked to, and removes its stack."""
    # A busy machine takes its time to start both.
    short = {"ECHO_LOAD_DURATION_S": "2", "ECHO_LOAD_WARMUP_S": "0", "ECHO_LOAD_CONNECT_TIMEOUT_S": "60"}
    report = json.loads(printed_by("load", project, CLIENTS="2", RATE="100", REPORT="--json", **short))
    assert (report["messages_due"], report["messages_verified"], len(report["replicas"])) == (400, 400, 2)
    assert is_gone(engine, project)


def test_one_command_traces_two_programs_and_judges_them(engine: DockerClient, project: str, tmp_path: Path) -> None:
    """`make trace` draws, says what is not as it was expected, and writes it for CI; make's own exit code is 2."""
    junit = tmp_path / "junit.xml"
    done = make("trace", project, ARGS=f"--lang zh --expect closed --max-duration-ms 0.001 --junit {junit}")
    assert done.returncode == 2
    assert "Error 99" in done.stderr
    assert "--max-duration-ms：会话 1（" in done.stderr  # noqa: RUF001 -- in the language asked for
    assert "--expect" not in done.stderr
    assert "SYN,ACK" in done.stdout
    assert 'failures="1"' in junit.read_text()
    assert is_gone(engine, project)
