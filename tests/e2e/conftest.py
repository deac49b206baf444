"""The engine, the stacks, and what a failing test shows of them."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path

import docker
import pytest
from docker import DockerClient
from docker.errors import DockerException
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.e2e.harness.stack import Stack, StartStack, running
from tests.e2e.harness.sweeping import sweep, sweep_hosts
from tests.e2e.harness.tools import build_once, build_tools
from tests.e2e.harness.traced import build_traced

_STACKS = pytest.StashKey[list[Stack]]()

_SEVERAL_HOSTS = "tests/e2e/hosts/"

# Longer than any one command or wait has (harness/).
_TIMEOUT_S = 300

# For an answer of the engine's: to start a container, a busy machine has taken more than a minute.
_ENGINE_WITHIN_S = 150


class _ByFile(LoadFileScheduling):  # type: ignore[misc]  # without types
    """Gives a file to one worker, as its tests share a stack; all files that share the hosts, to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return _SEVERAL_HOSTS if file.startswith(_SEVERAL_HOSTS) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Have tests given to workers by their files, unless the command line wants it otherwise."""
    return _ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_xdist_auto_num_workers() -> int:
    """Run three times as many tests at once as there are processors: containers' coming and going is mostly waiting."""
    return 3 * (os.cpu_count() or 1)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs several hosts, before `-m` selects."""
    if item.nodeid.startswith(_SEVERAL_HOSTS):
        item.add_marker(pytest.mark.hosts)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test of containers longer than one without, unless it says how long: a busy machine is slow, not wrong."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_TIMEOUT_S))


def pytest_configure(config: pytest.Config) -> None:
    """Let a CI's SIGTERM end the run as Ctrl-C does: with every stack taken down."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.stash[_STACKS] = []


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what workers could not that were ended with a stack up: after a Ctrl-C they have ten seconds."""
    if not hasattr(config, "workerinput"):
        with contextlib.suppress(DockerException), _engine() as engine:
            sweep(engine)
        sweep_hosts(os.getpid())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach what the containers wrote during a test to the report of its failure."""
    report = yield
    if report.failed:
        for stack in item.config.stash[_STACKS]:
            with contextlib.suppress(DockerException):
                report.sections += [(f"Captured log of {name}", log) for name, log in stack.logs(since_s=call.start)]
    return report


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerClient]:
    """Yield the engine that the docker command talks to; without one, everything here fails."""
    with _engine() as client:
        client.ping()
        build_once(tmp_path_factory, build_tools)
        yield client


@pytest.fixture(scope="session")
def traced_images(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have the tracer's image there, and the one with programs to trace: nothing but `make trace` builds the first."""
    assert engine
    build_once(tmp_path_factory, build_traced)


@contextlib.contextmanager
def _engine() -> Iterator[DockerClient]:
    inspect = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    host = subprocess.run(inspect, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    client = docker.from_env(timeout=_ENGINE_WITHIN_S, environment={**os.environ, "DOCKER_HOST": host})
    yield client
    client.close()


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, engine: DockerClient) -> Iterator[Stack]:
    """Yield a running stack that a module's tests share, with its STARTED and ENVIRONMENT: they leave it as it is."""
    started, environment = (getattr(request.module, name, ()) for name in ("STARTED", "ENVIRONMENT"))
    with _shown(request.config, engine, *started, **dict(environment)) as shared:
        yield shared


@pytest.fixture
def start_stack(request: pytest.FixtureRequest, engine: DockerClient) -> Iterator[StartStack]:
    """Return how to start a stack of one's own, to do anything to."""
    with contextlib.ExitStack() as stacks:
        yield lambda *services, **environment: stacks.enter_context(
            _shown(request.config, engine, *services, **environment)
        )


@contextlib.contextmanager
def _shown(config: pytest.Config, engine: DockerClient, *services: str, **environment: str) -> Iterator[Stack]:
    with running(engine, *services, **environment) as stack:
        config.stash[_STACKS].append(stack)
        yield stack
        config.stash[_STACKS].remove(stack)
