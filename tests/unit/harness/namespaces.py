"""Programs that run in a network namespace of their own: whose ports they use up is nobody else's business."""

import subprocess
import sys

import pytest

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import ROOT

_BEGIN = """
import subprocess
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
"""


def in_a_namespace(program: str) -> list[str]:
    """Return the lines that a program prints, whose loopback is up."""
    command = ["unshare", "--net", sys.executable, "-c", _BEGIN + program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=DEADLINE_S * 3)
    if done.returncode and "Operation not permitted" in done.stderr:
        pytest.skip("a network namespace needs root")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
