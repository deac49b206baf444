"""The strace process: found, tried, started, waited for."""

import os
import shutil
import signal
import subprocess
from collections.abc import Collection, Sequence

# Trying takes 20 ms; a machine so busy that it takes this long traces nothing.
_TRY_TIMEOUT_S = 30

# Of a string so many bytes are written, which nobody reads; of an array so many elements, which tell how many bytes
# the messages of sendmmsg() and recvmmsg() have.
_ELEMENTS = 64

# Python ignores them; the program is to have them as whoever started the tracer meant them.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class StraceImpossible(Exception):
    """strace is not there, or may not trace; `str()` says so in one line."""


def find() -> str:
    """Return where strace is."""
    found = shutil.which("strace")
    if found is None:
        raise StraceImpossible("there is no strace: install the package of that name")
    return found


def try_out(strace: str) -> None:
    """Trace something that does nothing, so that a refusal is one line, and not mixed with the program's output."""
    nothing = shutil.which("true") or strace
    command = [strace, "--seccomp-bpf", "-f", "-qq", "-e", "trace=close", "-o", os.devnull, nothing]
    if nothing == strace:
        command.append("-V")
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_TRY_TIMEOUT_S, text=True)  # noqa: S603
    except subprocess.CalledProcessError as error:
        why = (error.stderr.strip().splitlines() or ["no reason given"])[0]
        raise StraceImpossible(f"strace cannot trace here (it needs ptrace): {why}") from None
    except subprocess.TimeoutExpired:
        raise StraceImpossible(f"strace has not traced anything within {_TRY_TIMEOUT_S} s") from None


def start(strace: str, names: Collection[str], out: str, target: Sequence[str], stderr: int | None = None) -> int:
    """Start strace on a command, or on `-p PID`, its text going to the path `out`; return its process id.

    The program has this process's standard streams, its environment, and no other descriptor. strace runs without
    signals blocked, whatever this process blocks; its errors go to the descriptor `stderr`, where one is given.
    """
    arguments = [
        # Other calls do not stop the program at all; of one that runs already strace cannot arrange it.
        *(("strace",) if "-p" in target[:1] else ("strace", "--seccomp-bpf")),
        *("-f", "-q", "--timestamps=unix,ns", "--syscall-times=ns", "-yy"),
        *("-s", str(_ELEMENTS), "-e", "signal=all", "-e", f"trace={','.join(f'?{name}' for name in sorted(names))}"),
        *("-o", out, *target),
    ]
    actions = () if stderr is None else ((os.POSIX_SPAWN_DUP2, stderr, 2),)
    return os.posix_spawn(
        strace, arguments, os.environ, file_actions=actions, setsigmask=(), setsigdef=_IGNORED_BY_PYTHON
    )
