"""Where the figures were taken: the machine, its kernel, the versions of everything that takes part, the commit."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_TIMEOUT_S = 10


def environment(*, own_network: bool) -> dict[str, Any]:
    """Return it as JSON; what cannot be had is null. `own_network`: see namespace.py."""
    return {
        "machine": {
            "cpu": _field("/proc/cpuinfo", "model name"),
            "cores": os.cpu_count(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        },
        "kernel": platform.release(),
        # All three change what a message costs.
        "own_network_namespace": own_network,
        "tcp_congestion_control": _text("/proc/sys/net/ipv4/tcp_congestion_control"),
        "transparent_hugepages": _text("/sys/kernel/mm/transparent_hugepage/enabled"),
        "versions": {
            "python": platform.python_version(),
            "uvloop": _version("uvloop"),
            "gcc": _first_line("gcc", "--version"),
            "socat": _socat(),
        },
        "commit": _first_line("git", "rev-parse", "HEAD"),
        "uncommitted_changes": bool(_first_line("git", "status", "--porcelain", "--", ":/services", ":/shared")),
    }


def _text(path: str) -> str | None:
    return Path(path).read_text().strip() if Path(path).exists() else None


def _field(path: str, name: str) -> str | None:
    found = (line.partition(":")[2].strip() for line in (_text(path) or "").splitlines() if line.startswith(name))
    return next(found, None)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _lines(*command: str) -> list[str]:
    try:
        done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, check=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.splitlines()


def _first_line(*command: str) -> str | None:
    return next(iter(_lines(*command)), None)


def _socat() -> str | None:
    """`socat version 1.7.4.4 on …` stands somewhere below the copyright."""
    found = (line.split()[2] for line in _lines("socat", "-V") if line.startswith("socat version"))
    return next(found, None)
