"""A session over a path with three capture points, on which a segment is dropped: peers/paths/crossing.py."""

import subprocess
from pathlib import Path

from tests.e2e.harness.tools import TOOLS_IMAGE

# Longer than any deadline of the programs inside.
_WITHIN_S = 110


def play(what: str, folder: Path) -> None:
    """Play it in a container; what the points captured is in the folder then."""
    run = ["docker", "run", "--rm", "--privileged", "--user", "0:0", "--network", "none"]
    run += ["--volume", f"{folder}:/captures", TOOLS_IMAGE, "python", "/peers/paths/crossing.py", what, "/captures"]
    done = subprocess.run(run, check=False, capture_output=True, text=True, timeout=_WITHIN_S)
    assert done.returncode == 0, done.stderr
