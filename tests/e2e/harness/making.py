"""A command of the Makefile, as a user calls it: not as the child of the make that runs the tests."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.harness.compose import REPOSITORY, python_image

# Less than a test has. A busy machine, that also builds, takes more than a minute for what is else done in ten seconds.
_TIMEOUT_S = 240


class Making:
    """A make that runs in a session of its own, so that it can be interrupted as Ctrl-C does it."""

    def __init__(self, target: str, project: str, **variables: str) -> None:
        own = {"ARGS": "", "ENGINE": "off", "PYTHON_IMAGE": python_image(), "COMPOSE_PROJECT_NAME": project}
        command = ["make", target, *(f"{name}={value}" for name, value in (own | variables).items())]
        # Without the flags of the make that runs the tests, and the directories that it would name.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        self._process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def interrupt(self) -> None:
        """Send SIGINT to everything in the foreground, as a terminal does."""
        os.killpg(self._process.pid, signal.SIGINT)

    def end(self) -> "subprocess.CompletedProcess[str]":
        """Return its exit code and what it has printed, as soon as it has ended."""
        stdout, stderr = self._process.communicate(timeout=_TIMEOUT_S)
        return subprocess.CompletedProcess(self._process.args, self._process.returncode, stdout, stderr)

    def close(self) -> None:
        """End it, if it still runs."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate(timeout=_TIMEOUT_S)


@contextmanager
def making(target: str, project: str, **variables: str) -> Iterator[Making]:
    """Run a target for as long as the block lasts."""
    made = Making(target, project, **variables)
    try:
        yield made
    finally:
        made.close()


def make(target: str, project: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a target to its end."""
    with making(target, project, **variables) as made:
        return made.end()
