"""Run suites of tests, each as fast as it can be: `python -m tests.suites unit e2e -- -k name`.

What follows `--` is for pytest. A selection that finds nothing in one suite is no failure where it finds something in
another: the exit code is pytest's, and 5 (no test was run) only if that is so of all of them together.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NamedTuple

# Exit codes of pytest.
_SOME_FAILED, _NOTHING_FOUND = 1, 5

# Here are each test's name, duration and logs, for whoever did not watch: one JUnit file for each run of pytest.
RESULTS = "test-results"


class Run(NamedTuple):
    """One run of pytest: flags that the command line may overrule, flags that it may not, and which marks it is for."""

    name: str
    defaults: Sequence[str]
    fixed: Sequence[str] = ()
    marks: str = ""


class Suite(NamedTuple):
    """A folder of tests: the make target that its tests need, and the runs, one after the other, that make it up."""

    folder: str
    needs: str | None
    runs: Sequence[Run]


SUITES = {
    # A worker that has nothing left to do takes over from another.
    "unit": Suite("tests/unit", None, [Run("unit", ["--numprocesses=auto", "--dist=worksteal"])]),
    # The tests of a file share a running stack: they stay with one worker, and so do all files that share the hosts
    # (tests/e2e/conftest.py). `alone` is explained in pyproject.toml.
    "e2e": Suite(
        "tests/e2e",
        "e2e-ready",
        [
            Run("e2e", ["--numprocesses=auto", "--dist=loadfile"], marks="not alone"),
            Run("e2e-alone", [], ["--numprocesses=0"], marks="alone"),
        ],
    ),
}


def main() -> int:
    """Run the suites that the command line names, until one fails; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.suites", usage="%(prog)s SUITE... [-- PYTEST_FLAG...]")
    parser.add_argument("suites", nargs="+", choices=list(SUITES))
    own, flags = split(sys.argv[1:])
    codes: list[int] = []
    for name in parser.parse_args(own).suites:
        codes += run(SUITES[name], flags)
        if verdict(codes) not in (0, _NOTHING_FOUND):
            break
    return verdict(codes)


def split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what comes before the first `--`, and what comes after it."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def verdict(codes: Sequence[int]) -> int:
    """Return the first exit code that is a failure; else 0, or 5 if nothing was found anywhere."""
    failures = [code for code in codes if code not in (0, _NOTHING_FOUND)]
    return failures[0] if failures else min(codes, default=_NOTHING_FOUND)


def narrowed(flags: Sequence[str], marks: str) -> list[str]:
    """Return flags that select what has these marks of what they select: of several -m, pytest takes the last alone."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="asked", default="")
    known, others = parser.parse_known_args(flags)
    both = " and ".join(f"({one})" for one in (known.asked, marks) if one)
    return [*others, "-m", both] if both else others


def run(suite: Suite, flags: Sequence[str]) -> list[int]:
    """Run a suite; return the exit codes of what was run."""
    pytest = [sys.executable, "-m", "pytest", suite.folder]
    if suite.needs:
        # An engine and images take their time: they are not made for a selection that has no use for them.
        if flags and call([*pytest, "--collect-only", "--quiet", *flags], is_shown=False) == _NOTHING_FOUND:
            return [_NOTHING_FOUND]
        if code := call(["make", "--no-print-directory", suite.needs]):
            return [code]
    codes = []
    for name, defaults, fixed, marks in suite.runs:
        told = ["--durations=10", f"--junitxml={RESULTS}/{name}.xml", "-o", "junit_logging=all"]
        codes.append(call([*pytest, *defaults, *told, *narrowed(flags, marks), *fixed]))
        # A test that fails does not hide what the next run has to say; a run that was cut short does.
        if codes[-1] not in (0, _SOME_FAILED, _NOTHING_FOUND):
            break
    return codes


def call(command: Sequence[str], *, is_shown: bool = True) -> int:
    """Run a command; return its exit code.

    After a signal it is waited for, as it has stacks to take down, and then nothing else is begun: SystemExit.
    """
    output = None if is_shown else subprocess.DEVNULL
    heard: list[int] = []
    # Where Python may not keep what it has compiled, every worker compiles every test again: 4 s of CPU each.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(command, stdout=output, stderr=output, env=environment) as running:

        def pass_on(signum: int, _: FrameType | None) -> None:
            heard.append(signum)
            if signum == signal.SIGTERM:  # a terminal's Ctrl-C reaches both
                running.terminate()

        before = [(signum, signal.signal(signum, pass_on)) for signum in (signal.SIGINT, signal.SIGTERM)]
        try:
            code = running.wait()
        finally:
            for signum, handler in before:
                signal.signal(signum, handler)
    if heard:
        sys.exit(128 + heard[0])
    # Ended by a signal: as a shell says it.
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
