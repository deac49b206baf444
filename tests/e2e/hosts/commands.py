"""Commands and waits of the lab: what goes wrong in them is one error, which says what was tried."""

import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.e2e.harness.waiting import NeverHappened, wait_until

COMMAND_WITHIN_S = 300  # to load an image from a slow disk


class LabFailed(Exception):
    """A step of the lab did not succeed; `str()` says which, and what was printed."""


def run(*command: str, stdin: int | None = None) -> str:
    """Run a command and return what it printed; raise LabFailed unless it exits with 0."""
    done = subprocess.run(
        command,
        stdin=stdin or subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_WITHIN_S,
    )
    if done.returncode:
        raise LabFailed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wait(condition: Callable[[], bool], what: str, within_s: float) -> None:
    """Wait until the condition is true; raise LabFailed after `within_s`."""
    try:
        wait_until(condition, what, within_s)
    except NeverHappened as error:
        raise LabFailed(str(error)) from None


def has_no_cgroups(name: str) -> bool:
    """Remove a host's cgroups, which outlive a power cut; tell whether that was possible: processes end a bit later."""
    # One hierarchy for each controller (v1), or one for all (v2).
    roots = (Path("/sys/fs/cgroup", name), *Path("/sys/fs/cgroup").glob(f"*/{name}"))
    for root in roots:
        for folder, _, _ in os.walk(root, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
    return not any(root.exists() for root in roots)
