"""The limit of open files: each test in a process of its own, whose limit it is."""

import resource

import pytest

from services.server.worker import fork
from shared.descriptors import allow_descriptors
from tests.unit.harness.processes import exit_code


@pytest.mark.parametrize(
    ("soft", "hard", "needed", "allowed"),
    [
        pytest.param(100, 500, 300, 300, id="raised to what is needed"),
        pytest.param(100, 500, 900, 500, id="raised as far as it can be"),
        pytest.param(100, 500, 50, 100, id="never lowered"),
        pytest.param(500, 500, 900, 500, id="cannot be raised"),
    ],
)
def test_the_limit_follows_the_need(soft: int, hard: int, needed: int, allowed: int) -> None:
    """What is returned is what holds from now on, and the hard limit stays."""

    def work() -> int:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        returned = allow_descriptors(needed)
        return (returned, resource.getrlimit(resource.RLIMIT_NOFILE)) != (allowed, (allowed, hard))

    assert exit_code(fork(work)) == 0
