"""What the settings need of this machine or container, asked before anything starts: CPUs, processes, open files."""

import math
import os
from pathlib import Path
from typing import NamedTuple

from services.server.settings import ServerSettings
from shared import sockets
from shared.flags import SettingsInvalid

_CGROUP = Path("/sys/fs/cgroup")

# Processes and threads beside the workers: init, supervisor, observer; the health check and one `docker exec` by hand.
# Each of the last two begins as runc, a Go program with up to six threads, which cannot start with fewer.
_OTHER_PROCESSES = 3 + 2 * 6

# What a worker has open beside its connections: the standard three, epoll, its signals, 16 pipes for slow readers
# (two each), the scope's feed, its name look-ups. Beside them each address has a listener, and each worker's
# listeners are opened by the supervisor.
_OTHER_DESCRIPTORS = 64
_LISTENERS_PER_WORKER = 2


class Descriptors(NamedTuple):
    """How many files a worker may have open, and for how many connections that is enough."""

    allowed: int
    connections: int
    are_short: bool


def processes_for(settings: ServerSettings, cgroup: Path = _CGROUP) -> int:
    """Return the number of workers. Raises SettingsInvalid where the container may not have so many processes."""
    limit = _processes_limit(cgroup)
    # Each worker that feeds the scope has a thread for look-ups of its name.
    most = None if limit is None else max(1, (limit - _OTHER_PROCESSES) // (2 if settings.scope else 1))
    if not settings.workers:
        cpus = available_cpus(cgroup)
        return cpus if most is None else min(cpus, most)
    if most is not None and settings.workers > most:
        raise SettingsInvalid(
            f"{settings.variable('workers')} (--workers) is {settings.workers}: "
            f"should be at most {most}: this container may have {limit} processes and threads (pids.max)"
        )
    return settings.workers


def allow_descriptors(settings: ServerSettings, workers: int) -> Descriptors:
    """Raise the limit of open files to what max_connections needs, if that can be.

    Raises SettingsInvalid where there are too few for a single connection.
    """
    others = _OTHER_DESCRIPTORS + _LISTENERS_PER_WORKER * workers
    allowed = sockets.allow_descriptors(settings.max_connections + others)
    connections = min(allowed - others, settings.max_connections)
    if connections < 1:
        raise SettingsInvalid(
            f"this process may have {allowed} files open (RLIMIT_NOFILE): should be at least {others + 1}"
        )
    return Descriptors(allowed, connections, are_short=connections < settings.max_connections)


def available_cpus(cgroup: Path = _CGROUP) -> int:
    """Return the number of CPUs, at least 1: the affinity mask's, and no more than the container's limit allows."""
    allowed = len(os.sched_getaffinity(0))
    quota = _cpu_quota(cgroup)
    return max(1, min(allowed, math.ceil(quota))) if quota else allowed


def _cpu_quota(cgroup: Path) -> float | None:
    """Return the CPU limit as a number of CPUs, from cgroup v2 or else v1; None where there is none."""
    try:
        if (cgroup / "cpu.max").exists():
            quota, period = (cgroup / "cpu.max").read_text().split()
        else:
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text()
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError):  # no cgroup here, or "max"
        return None


def _processes_limit(cgroup: Path) -> int | None:
    """Return how many processes and threads the container may have, from cgroup v2 or else v1; None: any number."""
    for file in (cgroup / "pids.max", cgroup / "pids" / "pids.max"):
        try:
            return int(file.read_text())
        except (OSError, ValueError):  # not there, or "max"
            continue
    return None
