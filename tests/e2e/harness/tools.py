"""Images for tests alone: programs that nobody here wrote, with this folder's peers, a browser, and a registry."""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Callable

import pytest

from tests.e2e.harness.compose import REPOSITORY, python_image
from tests.e2e.harness.containers import framed, unframed
from tests.e2e.harness.waiting import wait_until

TOOLS_IMAGE = f"echoscope/tools:{os.environ.get('TAG') or 'latest'}"
BROWSER_IMAGE = f"echoscope/browser:{os.environ.get('TAG') or 'latest'}"
REGISTRY_IMAGE = f"echoscope/registry:{os.environ.get('TAG') or 'latest'}"

_RUN_WITHIN_S = 120

# Once: a few MB of packages for the one, 150 MB for the other; an unchanged image takes a quarter of a second.
_TOOLS_WITHIN_S = 600
BROWSER_WITHIN_S = 600


def build_tools() -> None:
    """Build the tool image."""
    _build(TOOLS_IMAGE, "tests/e2e", _TOOLS_WITHIN_S)


def build_browser() -> None:
    """Build the browser's image, which is large: whoever runs no test of the page has no need of it."""
    _build(BROWSER_IMAGE, "tests/e2e/page", BROWSER_WITHIN_S)


def build_registry() -> None:
    """Build the registry's image, for a test of several hosts alone."""
    _build(REGISTRY_IMAGE, "tests/e2e/hosts/registry", _TOOLS_WITHIN_S)


def run_tool(program: str, *arguments: str, options: tuple[str, ...] = (), given: bytes = b"") -> bytes:
    """Return all that a line of shell prints in a container of the tool image; raise where it fails."""
    run = ["docker", "run", "--rm", "--network", "none", *(["--interactive"] if given else []), *options, TOOLS_IMAGE]
    run += framed("bash", "-c", f"set -eo pipefail; {program}", "bash", *arguments, stderr=False)

    def told() -> bytes | None:
        done = subprocess.run(run, check=True, capture_output=True, input=given or None, timeout=_RUN_WITHIN_S)
        return unframed(done.stdout)

    found = wait_until(told, f"all that {program} prints")
    assert found is not None
    return found


def build_once(folders: pytest.TempPathFactory, build: Callable[[], None]) -> None:
    """Build something in one worker of a run: the others wait, and find the work done."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "alone")
    with (folders.getbasetemp().parent / f"{build.__name__}-{run}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if run == "alone" or not lock.seek(0, os.SEEK_END):
            build()
            lock.write("built")


def _build(image: str, folder: str, within_s: float) -> None:
    """Build from what is cached, else with the machine's apt source, which is lent and stays out of the image."""
    with tempfile.NamedTemporaryFile() as source:
        subprocess.run([".ci/engine", "sources"], cwd=REPOSITORY, stdout=source, check=True, timeout=60)
        subprocess.run(
            [
                *("docker", "buildx", "build", "--load", "--quiet", "--tag", image),
                *("--secret", f"id=debian,src={source.name}"),
                *("--build-arg", f"PYTHON_IMAGE={python_image()}"),
                folder,
            ],
            cwd=REPOSITORY,
            check=True,
            timeout=within_s,
            stdout=subprocess.DEVNULL,
        )


if __name__ == "__main__":
    # Before the tests, so that none of them waits for it.
    build_tools()
