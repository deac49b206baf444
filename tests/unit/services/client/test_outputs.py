"""What cannot be written."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.client.outputs import OutputFailed, say, why_unwritable, write_file
from tests.unit.harness.processes import ROOT

PRINT = """
import sys
from services.client.outputs import OutputFailed, say, standard_output
try:
    with standard_output() as output:
        output.write("text")
except BrokenPipeError:
    sys.exit(7)
except OutputFailed as error:
    say(str(error))
    sys.exit(3)
"""


def run(code: str, redirection: str) -> "subprocess.CompletedProcess[bytes]":
    """Run this code, its outputs redirected by a shell."""
    command = ["bash", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("redirection", "line"),
    [
        (">/dev/full", "client: standard output cannot be written (No space left on device)\n"),
        (">&-", "client: standard output is closed: nothing can be printed\n"),
    ],
)
def test_an_output_that_fails_is_one_line(redirection: str, line: str) -> None:
    """No traceback, and the exit code is the caller's, also when Python flushes what is left."""
    done = run(PRINT, redirection)
    assert (done.returncode, done.stderr.decode()) == (3, line)


@pytest.mark.parametrize("redirection", [">/dev/full 2>/dev/full", ">/dev/full 2>&-", ">&- 2>&-"])
def test_where_nobody_can_be_told_the_exit_code_still_tells(redirection: str) -> None:
    """A line that cannot be written costs nothing else."""
    assert run(PRINT, redirection).returncode == 3


def test_a_reader_that_has_left_is_told_apart() -> None:
    """Whether that is an error is for the caller to say."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", PRINT], cwd=ROOT, stdout=writer, check=False, timeout=30)
    os.close(writer)
    assert done.returncode == 7


def test_what_is_said_says_who_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, a line."""
    stderr = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stderr", stderr)
    say("text")
    stderr.seek(0)
    assert stderr.read() == "client: text\n"


def test_a_file_that_fails_is_one_line(tmp_path: Path) -> None:
    """The line names it, and why."""
    write_file(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
    with pytest.raises(OutputFailed) as caught:
        write_file(Path("/dev/full"), b"content")
    assert str(caught.value) == "'/dev/full' cannot be written (No space left on device)"


def test_what_can_be_known_before_is_known_before(tmp_path: Path) -> None:
    """A run that took an hour does not end with a file that could never be written."""
    existing, new = tmp_path / "existing", tmp_path / "new"
    existing.write_text("x")
    link = tmp_path / "link"
    link.symlink_to(existing)
    assert why_unwritable(new, [str(existing), "-"]) is None
    assert why_unwritable(existing) is None
    assert existing.read_text() == "x"
    assert why_unwritable(tmp_path) == "Is a directory"
    assert why_unwritable(tmp_path / "missing" / "new") == "No such file or directory"
    assert why_unwritable(link, [str(existing)]) == "it is read as well"
