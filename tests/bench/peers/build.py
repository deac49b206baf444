"""Builds the C peers and the load with the machine's gcc."""

import subprocess
from pathlib import Path

HERE = Path(__file__).parents[1]
SOURCES = HERE / "c"
# Git-ignored; what is built stays here, and so do the results of a quick look.
CACHE = HERE / ".cache"

_PROGRAMS = {
    "echo_epoll": ("echo_epoll.c", "listener.c"),
    "echo_splice": ("echo_splice.c", "listener.c"),
    "load": ("load.c", "load_echo.c", "load_connect.c", "load_idle.c", "sockets.c", "cpu.c"),
}
FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror", "-pthread")

_COMPILE_TIMEOUT_S = 60


class BuildFailed(Exception):
    """A C program could not be built; `str()` holds what gcc said."""

    def __init__(self, program: str, why: str) -> None:
        self.program = program
        super().__init__(f"cannot build {program}: {why}")


def program(name: str) -> Path:
    """Return where the built program is."""
    return CACHE / name


def build_all() -> None:
    """Compile every program that is older than a source. Raises BuildFailed."""
    CACHE.mkdir(exist_ok=True)
    newest_source = max(source.stat().st_mtime for source in SOURCES.iterdir())
    for name in _PROGRAMS:
        if not program(name).exists() or program(name).stat().st_mtime < newest_source:
            _compile(name)


def _compile(name: str) -> None:
    # Built beside and moved in place: an interrupted gcc leaves no half program that looks new.
    unfinished = program(f"{name}.new")
    command = ["gcc", *FLAGS, "-o", str(unfinished), *(str(SOURCES / source) for source in _PROGRAMS[name])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_COMPILE_TIMEOUT_S)
    except FileNotFoundError:
        raise BuildFailed(name, "there is no gcc (Debian: apt-get install gcc libc6-dev)") from None
    except subprocess.TimeoutExpired:
        raise BuildFailed(name, f"gcc took more than {_COMPILE_TIMEOUT_S} s") from None
    if done.returncode:
        raise BuildFailed(name, done.stderr)
    unfinished.replace(program(name))
