"""The strace process."""

import os
from pathlib import Path

import pytest

from services.tracer import strace
from services.tracer.strace import StraceImpossible
from tests.unit.services.tracer.programs import needs_strace, python


def _fake(folder: Path, script: str) -> str:
    path = folder / "strace"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_without_strace_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StraceImpossible) as caught:
        strace.find()
    assert str(caught.value) == "there is no strace: install the package of that name"


def test_a_refusal_is_one_line(tmp_path: Path) -> None:
    """What strace itself says first, and what it needs."""
    refusing = _fake(tmp_path, "echo 'strace: ptrace(PTRACE_TRACEME): not permitted' >&2; echo more >&2; exit 1")
    with pytest.raises(StraceImpossible) as caught:
        strace.try_out(refusing)
    assert str(caught.value) == (
        "strace cannot trace here (it needs ptrace): strace: ptrace(PTRACE_TRACEME): not permitted"
    )


@needs_strace
def test_a_program_has_no_descriptor_more(tmp_path: Path) -> None:
    """Strace opens its output by its path."""
    out, trace = tmp_path / "out", tmp_path / "trace"
    command = python(f"import os; open({str(out)!r}, 'a').write(str(sorted(os.listdir('/proc/self/fd'))) + '\\n')")
    found = strace.find()
    strace.try_out(found)
    for pid in (
        os.posix_spawn(command[0], command, os.environ),
        strace.start(found, ["close", "no_such_call"], str(trace), command),
    ):
        assert os.waitpid(pid, 0)[1] == 0
    untraced, traced = out.read_text().splitlines()
    assert traced == untraced
    assert " close(" in trace.read_text()
