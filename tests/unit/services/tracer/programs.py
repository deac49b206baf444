"""Programs to trace, and whether there is a strace."""

import shutil
import sys

import pytest

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

_TALK = """
import os, signal, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
connection = socket.create_connection(listener.getsockname())
accepted, _ = listener.accept()
connection.send(b"Hello")
print(accepted.recv(9), sys.stdin.read(), sorted(map(int, os.listdir("/proc/self/fd")))[:6])
print("to stderr", file=sys.stderr)
"""


def python(code: str) -> list[str]:
    """Return the command that runs a program."""
    return [sys.executable, "-c", code]


def talk(then: str = "") -> list[str]:
    """Return the command of one that talks to itself by TCP, and then does something else."""
    return python(_TALK + then)
