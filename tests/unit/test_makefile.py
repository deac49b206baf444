"""What make tells the containers about the terminal that they do not have."""

import os
import pty
import subprocess

import pytest

from tests.unit.harness.processes import ROOT

_SHOW = ["make", "--eval", 'show: ; @echo "format=$${TERMINAL_LOG_FORMAT-} colour=$${FORCE_COLOR-}."', "show"]
_CALLERS = ("TERMINAL_LOG_FORMAT", "FORCE_COLOR", "NO_COLOR", "MAKE")


def shown(stdout: int, **environment: str) -> None:
    """Run make with this standard output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CALLERS)}
    subprocess.run(_SHOW, cwd=ROOT, env={**kept, **environment}, stdout=stdout, check=True, timeout=60)
    os.close(stdout)


@pytest.mark.parametrize(
    ("environment", "told"), [({}, "format=console colour=1."), ({"NO_COLOR": "1"}, "format=console colour=.")]
)
def test_on_a_terminal_the_containers_write_for_people(environment: dict[str, str], told: str) -> None:
    """In colour, unless NO_COLOR is set."""
    reader, terminal = pty.openpty()
    shown(terminal, **environment)
    assert os.read(reader, 1000).decode().strip() == told
    os.close(reader)


def test_into_a_pipe_they_write_for_machines() -> None:
    """Whoever reads from `make up` gets the JSON that the services write elsewhere."""
    reader, pipe = os.pipe()
    shown(pipe)
    assert os.read(reader, 1000).decode().strip() == "format= colour=."
    os.close(reader)
