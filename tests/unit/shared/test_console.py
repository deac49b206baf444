"""The console and its broken pipe."""

import os
import subprocess
import sys

import pytest

from shared.console import Console
from tests.unit.harness.processes import ROOT


def test_a_broken_pipe_is_an_error_like_any_other() -> None:
    """The edge learns of it, and decides about the exit code; rich alone would exit with 1."""
    reader, writer = os.pipe()
    os.close(reader)
    file = os.fdopen(writer, "w")
    with pytest.raises(BrokenPipeError):
        Console(file=file).print("text")
    os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
    file.close()


def test_what_is_still_buffered_is_forgotten() -> None:
    """A process whose reader has left ends with its own exit code, and says nothing."""
    reader, writer = os.pipe()
    os.close(reader)
    code = (
        "import sys; from shared.console import forget\n"
        "try: print('text', flush=True)\n"
        "except BrokenPipeError: forget(sys.stdout)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=30
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
