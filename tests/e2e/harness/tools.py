"""The tool image: programs that nobody here wrote, and this folder's peers."""

import os
import subprocess
import tempfile

from tests.e2e.harness.compose import REPOSITORY, python_image

TOOLS_IMAGE = f"echoscope/tools:{os.environ.get('TAG') or 'latest'}"

_BUILD_WITHIN_S = 100  # once, for a few MB of packages; an unchanged image takes a quarter of a second


def build_tools() -> None:
    """Build the image from what is cached, else with the machine's apt source, which is lent and stays out of it."""
    with tempfile.NamedTemporaryFile() as source:
        subprocess.run([".ci/engine", "sources"], cwd=REPOSITORY, stdout=source, check=True, timeout=60)
        subprocess.run(
            [
                *("docker", "buildx", "build", "--load", "--quiet", "--tag", TOOLS_IMAGE),
                *("--secret", f"id=debian,src={source.name}"),
                *("--build-arg", f"PYTHON_IMAGE={python_image()}"),
                "tests/e2e",
            ],
            cwd=REPOSITORY,
            check=True,
            timeout=_BUILD_WITHIN_S,
            stdout=subprocess.DEVNULL,
        )
