"""The tracer's image, and the programs to trace."""

import fcntl

import pytest
from docker import DockerClient

from tests.e2e.harness.traced import build_traced


@pytest.fixture(autouse=True, scope="session")
def _programs(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One worker builds, the others wait, and find the work done."""
    assert engine
    with (tmp_path_factory.getbasetemp().parent / "traced.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_traced()
