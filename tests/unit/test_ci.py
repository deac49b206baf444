"""The scripts behind make that need no engine: how they tell what they do, and which Python they take."""

import os
import pty
import re
import shutil
import subprocess
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import ROOT

# What BuildKit writes of a step that is interrupted by another one, of a cached one, and of one that takes no time.
_BUILD = """
#1 [tap internal] load build definition from Dockerfile
#1 DONE 0.1s

#2 [tap base 2/4] WORKDIR /app
#2 CACHED

#5 [tap installer 1/2] FROM docker.io/library/python:3.13-slim
#5 DONE 0.1s

#3 [tap installer 2/2] RUN python3 -m venv /venv
#3 1.021 some output

#4 [tap base 3/4] COPY shared/ shared/
#4 DONE 0.0s

#3 [tap installer 2/2] RUN python3 -m venv /venv
#3 DONE 2.3s
"""
_STEP = "build: [tap installer 2/2] RUN python3 -m venv /venv"


def progress(log: Path, stderr: int, command: str) -> int:
    """Run a command as the scripts run what takes long; return the exit code."""
    script = f'. .ci/progress; progress build "{log}" bash -c "$1"'
    return subprocess.run(
        ["bash", "-euc", script, "bash", command], cwd=ROOT, stderr=stderr, check=False, timeout=60
    ).returncode


def read_all(terminal: int) -> str:
    """Return what was written to a terminal that everybody else has closed, and close it."""
    told = b""
    with suppress(OSError):  # EIO is the end
        while chunk := os.read(terminal, 4096):
            told += chunk
    os.close(terminal)
    return told.decode()


def test_a_step_that_costs_something_is_one_line(tmp_path: Path) -> None:
    """Not those that are cached or take no time, and none twice; the log has it all, after what was there before."""
    log, told = tmp_path / "log", tmp_path / "told"
    log.write_text("of an earlier run\n#9 [old base 1/1] RUN\n#9 1.0 out\n")
    with told.open("w") as stderr:
        assert progress(log, stderr.fileno(), f"echo '{_BUILD}'; echo it failed >&2; exit 3") == 3
    assert told.read_text().splitlines() == [_STEP]
    assert log.read_text().startswith("of an earlier run\n")
    assert log.read_text().endswith("it failed\n")


def test_on_a_terminal_a_last_line_tells_what_runs_and_for_how_long(tmp_path: Path) -> None:
    """It is written over, and gone at the end."""
    reader, terminal = pty.openpty()
    assert progress(tmp_path / "log", terminal, f"echo '{_BUILD}'; sleep 0.3") == 0
    os.close(terminal)
    told = read_all(reader)
    assert f"{_STEP}\r\n" in told
    assert re.search(r"build: \d+ s, \[tap installer 2/2\]", told)
    assert told.endswith("\r\x1b[K")


def test_on_a_narrow_terminal_a_line_is_cut(tmp_path: Path) -> None:
    """One that went on in the next line could not be written over."""
    reader, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 45))
    assert progress(tmp_path / "log", terminal, f"echo '{_BUILD}'; sleep 0.3") == 0
    os.close(terminal)
    told = read_all(reader)
    assert f"{_STEP[:44]}\r\n" in told
    assert max(map(len, re.split(r"\r\n|\r|\x1b\[K", told))) == 44


def test_make_lists_every_target_within_80_columns() -> None:
    """By what one wants, each group with an example; no target is left out of it."""
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    lines = listed.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.partition(", as in: make ")[0] for line in lines if ", as in: make " in line] == [
        "Start",
        "Look",
        "Load",
        "Several hosts",
        "Test",
        "Develop",
    ]
    described = [
        line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line and "##" in line
    ]
    assert sorted(line.split()[0] for line in lines if line.startswith("  ")) == sorted(described)


# What an interpreter does that is asked for an environment: here of itself, and of a pip that has nothing to do.
_MAKES_AN_ENVIRONMENT = """#!/bin/sh
if [ "$1" = -m ]; then
    echo "$@" >>made
    cp "$0" .venv/bin/python
    cp /bin/true .venv/bin/pip
fi
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with the scripts, and the requirements that they look at."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/requirements.txt").write_text("")
    return tmp_path


def interpreter(path: Path, version: str, code: int) -> Path:
    """Make something that answers as a Python of this version: with 1, when it is asked whether it is late enough."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\nexit {code}\n")
    path.chmod(0o755)
    return path


def venv(
    checkout: Path, python: Path | str, *flags: str, path: str = "/usr/bin:/bin"
) -> "subprocess.CompletedProcess[str]":
    """Have the environment made."""
    environment = {"PATH": path, "PYTHON": str(python), "PIP_NO_INDEX": "1"}
    command = [str(checkout / ".ci/venv"), *flags]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_a_python_that_is_too_old_is_one_line(checkout: Path, tmp_path: Path) -> None:
    """It names the version, what is needed, and what to do."""
    newer = interpreter(tmp_path / "bin/python3.14", "3.14.0", 0).parent
    old = interpreter(tmp_path / "old/python3", "3.10.12", 1)
    done = venv(checkout, old, path=f"{newer}:/usr/bin:/bin")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line == f"{old} is Python 3.10.12, and Python 3.11 or later is needed: make PYTHON=python3.14"
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_not_there_is_one_line(checkout: Path) -> None:
    """Also when make only asks."""
    done = venv(checkout, "/nowhere/python3", "--check")
    assert done.returncode == 1
    assert done.stdout.startswith("/nowhere/python3 is no interpreter, and Python 3.11 or later is needed: ")


def test_an_environment_of_an_older_python_is_made_anew(checkout: Path, tmp_path: Path) -> None:
    """Whatever it was, it is replaced; one that is ready is left alone."""
    interpreter(checkout / ".venv/bin/python", "3.10.12", 1)
    (checkout / ".venv/bin/ready").touch()
    newer = interpreter(tmp_path / "bin/python3.13", "3.13.1", 0)
    newer.write_text(_MAKES_AN_ENVIRONMENT + newer.read_text())
    done = venv(checkout, newer)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made").read_text() == "-m venv --clear .venv\n"
    assert venv(checkout, newer, "--check").stdout == "3.13.1, in .venv\n"
    assert venv(checkout, newer).returncode == 0
    assert (tmp_path / "made").read_text() == "-m venv --clear .venv\n"


_DOCKER = """#!/bin/sh
case "$*" in
    *ps*scope) echo healthy ;;
    *port*) echo 127.0.0.1:8083 ;;
    *up*) echo started >&2; exit $UP_CODE ;;
esac
"""


@pytest.mark.parametrize(
    ("code", "lines"), [(0, ["started", "page: open http://127.0.0.1:8083/ in a browser"]), (3, ["started"])]
)
def test_the_pages_address_is_what_a_started_stack_ends_with(tmp_path: Path, code: int, lines: list[str]) -> None:
    """It is this stack's own port; of one that could not be started there is none, and the exit code is Compose's."""
    docker = tmp_path / "docker"
    docker.write_text(_DOCKER)
    docker.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "UP_CODE": str(code)}
    done = subprocess.run(
        [ROOT / ".ci/up", "--detach"], capture_output=True, text=True, env=environment, check=False, timeout=DEADLINE_S
    )
    assert (done.returncode, done.stderr.splitlines()) == (code, lines)
