"""How suites are run: what is passed on to pytest, and what its exit codes come to."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.suites import RESULTS, Run, Suite, narrowed, run, split, verdict
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import ROOT

_TESTS = """
import pytest

def test_that_fails():
    print("what it said")
    assert not "this"

@pytest.mark.alone
def test_alone():
    pass
"""
_MARKER = "[pytest]\nmarkers = alone\n"

# A command that says when it is there, and comes to a good end on SIGTERM alone.
_COMMAND = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("there", flush=True)
signal.sigwait([signal.SIGTERM])
print("taken down", flush=True)
"""
_CALL = "import sys; from tests.suites import call; call([sys.executable, '-c', sys.argv[1]]); print('went on')"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([0, 0, 0], 0), ([0, 5, 5], 0), ([5, 5, 0], 0), ([5, 5, 5], 5), ([5, 1, 0], 1), ([0, 4], 4), ([], 5)],
)
def test_a_selection_has_to_find_something_somewhere(codes: Sequence[int], expected: int) -> None:
    """Nothing found is no failure beside something found, and a failure is one beside anything."""
    assert verdict(codes) == expected


def test_what_follows_two_dashes_is_pytests() -> None:
    """Also a further `--`, and what looks like a suite."""
    assert split(["unit", "e2e", "--", "-k", "a", "--", "unit"]) == (["unit", "e2e"], ["-k", "a", "--", "unit"])
    assert split(["unit"]) == (["unit"], [])


@pytest.mark.parametrize(
    ("flags", "marks", "passed_on"),
    [
        ([], "", []),
        (["-x", "tests/e2e/hosts"], "", ["-x", "tests/e2e/hosts"]),
        (["-k", "a or b"], "not alone", ["-k", "a or b", "-m", "(not alone)"]),
        (["-m", "hosts or alone", "-q"], "not alone", ["-q", "-m", "(hosts or alone) and (not alone)"]),
        (["--maxfail=1", "-mhosts"], "", ["--maxfail=1", "-m", "(hosts)"]),
    ],
)
def test_marks_that_are_asked_for_narrow_each_run(flags: list[str], marks: str, passed_on: list[str]) -> None:
    """Pytest takes the last -m alone: the run's own made `make e2e ARGS='-m hosts'` run everything."""
    assert narrowed(flags, marks) == passed_on


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Give one of two runs in a folder of its own; its first run has a test that fails."""
    (tmp_path / "test_it.py").write_text(_TESTS)
    (tmp_path / "pytest.ini").write_text(_MARKER)
    monkeypatch.chdir(tmp_path)
    return Suite(".", "no-such-target", [Run("first", [], marks="not alone"), Run("second", [], marks="alone")])


def test_a_test_that_fails_hides_no_other_run(suite: Suite) -> None:
    """Both runs are made, and each test's name, duration and output can be read afterwards."""
    assert run(suite._replace(needs=None), []) == [1, 0]
    (failed,) = ET.parse(Path(RESULTS, "first.xml")).iter("testcase")  # noqa: S314 - ours
    assert failed.attrib.items() >= {("classname", "test_it"), ("name", "test_that_fails")}
    assert float(failed.attrib["time"]) >= 0
    assert "what it said" in (failed.findtext("system-out") or "")
    assert Path(RESULTS, "second.xml").exists()


def test_marks_select_from_each_run(suite: Suite) -> None:
    """One has none of them, which the other has."""
    assert run(suite._replace(needs=None), ["-m", "alone"]) == [5, 0]


@pytest.mark.parametrize("flags", [["-k", "nowhere"], ["-m", "not alone and alone"]])
def test_nothing_is_made_ready_for_a_selection_that_finds_nothing(suite: Suite, flags: list[str]) -> None:
    """There an engine need not even be there."""
    assert run(suite, flags) == [5]


def test_without_what_it_needs_no_test_is_run(suite: Suite) -> None:
    """The exit code is make's."""
    assert run(suite, []) == [2]
    assert not Path(RESULTS).exists()


def test_a_signal_to_end_is_passed_on_and_the_end_waited_for() -> None:
    """A CI ends the process that it has started: stacks of containers are taken down, and no other run is begun."""
    calling = subprocess.Popen([sys.executable, "-c", _CALL, _COMMAND], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with calling:
        assert calling.stdout
        assert calling.stdout.readline() == "there\n"
        calling.send_signal(signal.SIGTERM)
        assert calling.stdout.read() == "taken down\n"
        assert calling.wait(DEADLINE_S) == 128 + signal.SIGTERM
