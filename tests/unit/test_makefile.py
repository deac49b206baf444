"""What make tells the containers: about the terminal that they do not have, and in whose project they are."""

import os
import pty
import subprocess
import termios

import pytest

from tests.unit.harness.processes import ROOT

_SHOW = ["make", "--eval", 'show: ; @echo "colour=$${FORCE_COLOR-}."', "show"]
_CALLERS = ("FORCE_COLOR", "NO_COLOR", "MAKE")


def shown(stdout: int, **environment: str) -> None:
    """Run make with this standard output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CALLERS)}
    subprocess.run(_SHOW, cwd=ROOT, env={**kept, **environment}, stdout=stdout, check=True, timeout=60)
    os.close(stdout)


@pytest.mark.parametrize(("environment", "told"), [({}, "colour=1."), ({"NO_COLOR": "1"}, "colour=.")])
def test_on_a_terminal_the_containers_write_in_colour(environment: dict[str, str], told: str) -> None:
    """Unless NO_COLOR is set."""
    reader, terminal = pty.openpty()
    shown(terminal, **environment)
    assert os.read(reader, 1000).decode().strip() == told
    os.close(reader)


def test_into_a_pipe_they_write_without() -> None:
    """Escape sequences are for terminals."""
    reader, pipe = os.pipe()
    shown(pipe)
    assert os.read(reader, 1000).decode().strip() == "colour=."
    os.close(reader)


@pytest.mark.parametrize("target", ["handshake", "load"])
def test_each_run_has_a_project_of_its_own(target: str) -> None:
    """Two at once do not meet, and neither meets what `make up` has started; for its length a run has one name."""
    show = f'{target}: shown\nshown: ; @echo "$$COMPOSE_PROJECT_NAME"; echo "$$COMPOSE_PROJECT_NAME"; exit 1'
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CALLERS)}
    environment = {**kept, "ENGINE": "off"}  # in a fresh checkout it would tell what it does
    names = []
    for _ in range(2):
        command = ["make", "--eval", show, target]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        first, second = done.stdout.split()
        assert first == second
        names.append(first)
    assert all(name.startswith(f"echoscope-{target}-") for name in names)
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("columns", "told"), [(80, "80 --no-log-prefix"), (91, "91 --no-log-prefix"), (92, "80"), (160, "148")]
)
def test_what_runs_is_as_wide_as_the_terminal(columns: int, told: str) -> None:
    """Less the name that Compose writes before each line: where a ladder has no room beside it, it is left out."""
    reader, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, columns))
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*_CALLERS, "COLUMNS"))}
    show = 'up: shown\nshown: ; @echo "$$COLUMNS $(NAMELESS)"; exit 1'
    done = subprocess.run(
        ["setsid", "--ctty", "--wait", "make", "--eval", show, "up"],
        cwd=ROOT,
        env={**kept, "ENGINE": "off"},
        stdin=terminal,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(terminal)
    os.close(reader)
    assert done.stdout.strip() == told
