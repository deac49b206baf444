"""Finds strace, tries whether it may trace here, and starts it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Collection, Sequence

# Trying takes 20 ms; on a machine where it takes this long, tracing is hopeless.
_TRY_TIMEOUT_S = 30

# The limit for strings and for arrays (strace -s). Strings are not read here, but the elements of an array tell how
# many bytes the messages of sendmmsg() and recvmmsg() have.
_ELEMENTS = 64

# Python ignores these signals at its start; the program gets the default action, as if started without Python.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class StraceImpossible(Exception):
    """strace is not installed, or may not trace; `str()` says which, in one line."""


def find() -> str:
    """Return where strace is."""
    found = shutil.which("strace")
    if found is None:
        raise StraceImpossible("there is no strace: install the package of that name")
    return found


def try_out(strace: str) -> None:
    """Trace a program that does nothing, so that a refusal is one line of ours, before the program writes anything."""
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
    """Start strace on a command, or on `-p PID`, with its output going to the path `out`; return its process id.

    The program gets this process's environment and standard streams, and no other descriptor. No signal is blocked in
    strace, whatever this process blocks. strace's own errors go to the descriptor `stderr`, if one is given.
    """
    arguments = [
        # With seccomp, system calls that are not traced do not stop the program. It cannot be set up in a process that
        # runs already.
        *(("strace",) if "-p" in target[:1] else ("strace", "--seccomp-bpf")),
        *("-f", "-q", "--timestamps=unix,ns", "--syscall-times=ns", "-yy"),
        *("-s", str(_ELEMENTS), "-e", "signal=all", "-e", f"trace={','.join(f'?{name}' for name in sorted(names))}"),
        *("-o", out, *target),
    ]
    actions = () if stderr is None else ((os.POSIX_SPAWN_DUP2, stderr, 2),)
    return os.posix_spawn(
        strace, arguments, os.environ, file_actions=actions, setsigmask=(), setsigdef=_IGNORED_BY_PYTHON
    )
