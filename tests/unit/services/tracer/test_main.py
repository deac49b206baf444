"""The tracer as a process: the program's streams, exit code and signals are untouched."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.tracer.__main__ import main
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.processes import ROOT, service
from tests.unit.harness.receiver import receiver
from tests.unit.harness.threads import no_threads
from tests.unit.services.tracer.programs import needs_strace, python, talk

pytestmark = needs_strace

_WAITS = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
print('{"event":"up"}', file=sys.stderr, flush=True)
signal.pause()
"""
# The call may fail, as in containers: that it was made is what tells.
_SETS_UP_IO_URING = "import ctypes; ctypes.CDLL(None).syscall(425, 0, None)"
_LISTENS = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print("up", flush=True)
sys.stdin.read(1)
listener.close()
sys.stdin.read()
"""


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the tracer to its end."""
    command = [sys.executable, "-m", "services.tracer", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_a_program_is_traced_and_notices_nothing() -> None:
    """Its streams and its exit code are its own, it has no descriptor more, and its calls are with the scope."""
    with receiver() as scope:
        done = run("--name", "it", "--scope", "{}:{}".format(*scope.address), "--", *talk("sys.exit(7)"), stdin="input")
        calls = scope.calls("it")
    assert (done.returncode, done.stdout, done.stderr) == (
        7,
        "b'Hello' input [0, 1, 2, 3, 4, 5]\n",
        "to stderr\n",
    )
    assert [one["call"] for one in calls if one["bytes"]] == ["send", "recv"]
    assert {(one["program"], one["pid"] > 0) for one in calls if one["bytes"]} == {(Path(sys.executable).name, True)}
    assert all(one["slack_ns"] > 0 for one in calls)


def test_what_is_not_seen_is_with_the_scope_as_well() -> None:
    """A program that uses io_uring, by its name and process: what it does by that is in no line of strace's."""
    with receiver() as scope:
        run("--name", "it", "--scope", "{}:{}".format(*scope.address), "--", *python(_SETS_UP_IO_URING))
        (notice,) = [one for one in scope.notices() if one["notice"] == "io_uring"]
    assert (notice["service"], notice["pid"] > 0) == ("it", True)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_as_the_program_does(signum: signal.Signals) -> None:
    """By the same signal."""
    assert run("--", *python(f"import os; os.kill(os.getpid(), {signum.value})")).returncode == -signum


def test_signals_are_passed_on() -> None:
    """The program decides what to do with them."""
    waits = python(_WAITS)
    with service("tracer", "--", *waits) as tracer:
        tracer.wait_for("up")
        tracer.signal(signal.SIGTERM)
        assert tracer.outcome()[0] == 5


def test_a_process_that_runs_is_attached_to() -> None:
    """It goes on when the tracer is told to stop."""
    with (
        receiver() as scope,
        subprocess.Popen(python(_LISTENS), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program,
    ):
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdout.readline()
        with service(
            "tracer", "--name", "it", "--scope", "{}:{}".format(*scope.address), "-p", str(program.pid)
        ) as tracer:
            assert eventually(lambda: "TracerPid:\t0" not in Path(f"/proc/{program.pid}/status").read_text())
            program.stdin.write(b"x")
            program.stdin.flush()
            assert scope.has(service="it", call="close")
            tracer.signal(signal.SIGTERM)
            assert tracer.outcome()[0] == 0
        assert program.poll() is None
        program.stdin.close()
        assert program.wait(DEADLINE_S) == 0


def test_a_process_that_is_not_there_is_one_line() -> None:
    """With what strace says, and exit code 2."""
    done = run("-p", "4194304")
    assert done.returncode == 2
    assert done.stderr.startswith("tracer: cannot trace process 4194304: strace: attach: ptrace(PTRACE_SEIZE, 4194304)")
    assert done.stderr.count("\n") == 1


def test_a_command_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With the shell's exit code."""
    assert main(["--", "no-such-command"]) == 127
    assert capsys.readouterr().err == "tracer: there is no command 'no-such-command'\n"


def test_without_strace_it_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And exit code 2."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["--", "true"]) == 2
    assert capsys.readouterr().err == "tracer: there is no strace: install the package of that name\n"


def test_a_thread_that_cannot_be_had_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, before the program is started."""
    with no_threads():
        assert main(["--", *python("print('started')")]) == 2
    assert capfd.readouterr() == ("", "tracer: can't start new thread\n")
