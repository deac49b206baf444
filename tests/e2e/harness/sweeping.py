"""What belongs to one run of the tests, however many workers it has, and what is left of it at its end."""

import contextlib
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError, NotFound

from tests.e2e.harness.compose import REPOSITORY, STATES

# Ours, for what the SDK makes beside Compose; Compose puts its own on everything that it makes.
OUR_LABEL = "echoscope.e2e"
COMPOSE_LABEL = "com.docker.compose.project"

# Workers inherit both from the process that has started them. The hosts (tests/e2e/hosts/lab.py) stand beside those of
# another run, and of somebody who has made some; their name tells whose they are, should nobody remove them.
if "ECHOSCOPE_TEST_RUN" not in os.environ:
    os.environ["ECHOSCOPE_TEST_RUN"] = uuid.uuid4().hex[:6]
    os.environ["LAB"] = f"e2e{os.getpid()}"
_RUN = os.environ["ECHOSCOPE_TEST_RUN"]
_HOSTS = re.compile(r"hosts-(e2e(\d+)b?)")


def project_name() -> str:
    """Return a name for a Compose project that no other has; what it begins with is this run's alone."""
    return f"e2e-{_RUN}{uuid.uuid4().hex[:6]}"


def sweep(engine: DockerClient) -> list[str]:
    """Remove what this run has left: a worker that had to be ended takes nothing down. Return the names."""
    swept = []
    for container in _left(engine.containers.list(all=True, ignore_removed=True)):
        swept.append(str(container.name))
        with contextlib.suppress(NotFound):
            container.remove(force=True, v=True)
    for kind in (engine.networks, engine.volumes):
        for thing in _left(kind.list()):
            swept.append(str(thing.name))
            with contextlib.suppress(APIError):  # another's, if it is in use
                thing.remove()
    return swept


def sweep_hosts(ends: int | None = None) -> None:
    """Remove the hosts of runs whose process is gone, or is the one that `ends`."""
    for folder in STATES.glob("hosts-*"):
        found = _HOSTS.fullmatch(folder.name)
        if found and (int(found[2]) == ends or not Path("/proc", found[2]).exists()):
            down = [sys.executable, "-m", "tests.e2e.hosts", "down"]
            subprocess.run(down, cwd=REPOSITORY, env={**os.environ, "LAB": found[1]}, check=False, timeout=120)


def _left(things: list[Any]) -> list[Any]:
    return [thing for thing in things if _project(thing).startswith(f"e2e-{_RUN}")]


def _project(thing: Any) -> str:
    labels = getattr(thing, "labels", None) or thing.attrs.get("Labels") or {}
    return str(labels.get(OUR_LABEL) or labels.get(COMPOSE_LABEL) or "")
