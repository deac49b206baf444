"""`make hosts` is whole or undone, and `make hosts-down` leaves nothing: hosts beside those of the other tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.sweeping import sweep_hosts
from tests.e2e.harness.waiting import wait_until
from tests.e2e.hosts.lab import LAB, STATE, lacking

# To make three engines, and to have them form a Swarm, is part of the first test's time.
pytestmark = pytest.mark.timeout(300)

_OTHER = f"{LAB}b"
_COMMAND = (sys.executable, "-m", "tests.e2e.hosts")
_LEFT_OVER = "from tests.e2e.hosts.lab import left_over; print(*left_over(), end='')"


def _run(*command: str, lab: str = _OTHER) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "LAB": lab}
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
        _, told = making.communicate(timeout=120)
        if ending is signal.SIGKILL:
            assert _run(*_COMMAND, "down").returncode == 0
        assert _run(sys.executable, "-c", _LEFT_OVER).stdout == ""
    finally:
        _run(*_COMMAND, "down")
    assert making.returncode == code
    assert "Traceback" not in told


@pytest.mark.parametrize("lab", ["thirteenchars", "a/b", "-"])
def test_a_name_that_cannot_be_is_refused(lab: str) -> None:
    """Interfaces, namespaces and folders are called by it."""
    done = _run(*_COMMAND, "up", lab=lab)
    assert (done.returncode, done.stderr) == (2, f"hosts: LAB is '{lab}': should be at most 12 letters and digits\n")


def test_what_a_killed_run_of_the_tests_has_left_goes_with_the_next() -> None:
    """Its name tells which process made it; that of a run that goes on stays."""
    if missing := lacking():
        pytest.skip(f"several hosts: this machine lacks {missing}")
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    left, kept = (STATE.with_name(f"hosts-e2e{process}") for process in (gone.pid, 1))
    for folder in (left, kept):
        folder.mkdir(parents=True)
    try:
        sweep_hosts()
        assert (left.exists(), kept.exists()) == (False, True)
    finally:
        for folder in (left, kept):
            if folder.exists():
                folder.rmdir()
