"""`make hosts` is whole or undone, and `make hosts-down` leaves nothing: hosts beside those of the other tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.lab import LAB, lacking

# To make three engines, and to have them form a Swarm, is part of the first test's time.
pytestmark = pytest.mark.timeout(300)

_OTHER = f"{LAB}2"
_COMMAND = (sys.executable, "-m", "tests.e2e.hosts")
_LEFT_OVER = "from tests.e2e.hosts.lab import left_over; print(*left_over(), end='')"


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "LAB": _OTHER}
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def _is_booting() -> bool:
    return Path("/run/netns", f"{_OTHER}-host1").exists() and bool(
        _run("ip", "netns", "pids", f"{_OTHER}-host1").stdout
    )


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_what_was_begun_is_undone(ending: signal.Signals, code: int) -> None:
    """Ended by a signal while an engine starts, nothing is left; after SIGKILL `make hosts-down` sees to that."""
    if missing := lacking():
        pytest.skip(f"several hosts: this machine lacks {missing}")
    making = subprocess.Popen(
        [*_COMMAND, "up", "--hosts", "1"],
        cwd=REPOSITORY,
        env={**os.environ, "LAB": _OTHER},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until(_is_booting, "an engine starts", 120)
        os.killpg(making.pid, ending)
        _, told = making.communicate(timeout=60)
        if ending is signal.SIGKILL:
            assert _run(*_COMMAND, "down").returncode == 0
        assert _run(sys.executable, "-c", _LEFT_OVER).stdout == ""
    finally:
        _run(*_COMMAND, "down")
    assert making.returncode == code
    assert "Traceback" not in told
