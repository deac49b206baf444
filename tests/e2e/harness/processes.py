"""The processes of a running server: which they are, what they hold, and signals to them."""

import signal
from dataclasses import dataclass

from docker.errors import APIError
from docker.models.containers import Container

from tests.e2e.harness.containers import execute, printed, read
from tests.e2e.harness.waiting import wait_until

# The supervisor is what the container was started for, below its init.
_SUPERVISOR = "read -r pid _ < /proc/1/task/1/children; echo $pid"

# For each of its children: the pid, the resident memory in KiB, the signals that it ignores, and a line for each
# descriptor.
_SURVEY = """
for pid in $(cat /proc/{supervisor}/task/{supervisor}/children); do
    echo "pid $pid $(grep VmRSS /proc/$pid/status | tr -dc 0-9) $(sed -n 's/SigIgn:\t//p' /proc/$pid/status)"
    ls -l /proc/$pid/fd | sed -n 's/.* -> //p'
done
"""

_KILL = "import os, sys; [os.kill(int(pid), int(sys.argv[1])) for pid in sys.argv[2:]]"


@dataclass(frozen=True)
class Process:
    """One child of the supervisor; `descriptors` are what its open files are called in /proc."""

    pid: int
    resident_kib: int
    descriptors: list[str]


def supervisor(server: Container) -> int:
    """Return the pid of the process that starts and ends all others."""

    def pid() -> str:
        return printed(server, "sh", "-c", _SUPERVISOR).strip()

    # /proc leaves out children while others of them come and go (proc_tid_children(5)): asked again until it has it.
    return int(wait_until(pid, f"{server.name} has a process"))


def resident_kib(container: Container) -> int:
    """Return the resident memory, in KiB, of the process that the container was started for."""
    status = read(container, f"/proc/{supervisor(container)}/status")
    return int(status.partition("VmRSS:")[2].split()[0])


def workers(server: Container) -> list[Process]:
    """Return the processes that echo, those that already wait with epoll.

    The supervisor's other child, which answers HTTP, does so too, but ignores SIGTERM.
    """
    children = []
    survey = printed(server, "sh", "-c", _SURVEY.format(supervisor=supervisor(server)))
    for block in survey.split("pid ")[1:]:
        head, *descriptors = block.splitlines()
        try:
            pid, resident_kib, ignored = head.split()
        except ValueError:
            continue  # it has just ended
        if not int(ignored, 16) >> (signal.SIGTERM - 1) & 1 and "anon_inode:[eventpoll]" in descriptors:
            children.append(Process(int(pid), int(resident_kib), descriptors))
    return children


def send(server: Container, signum: signal.Signals, *pids: int) -> None:
    """Send a signal to some of the container's processes; Docker's own kill reaches its init alone."""
    code, output = execute(server, "python3", "-c", _KILL, str(int(signum)), *map(str, pids))
    assert code == 0, output


def peer_ports(server: Container, process: Process) -> set[int]:
    """Return the ports at the other ends of the established connections that this process holds."""
    table = read(server, "/proc/net/tcp6")
    ports = set()
    for line in table.splitlines()[1:]:
        # proc(5): number, local and remote address, state, …, the socket's inode; 01 is ESTABLISHED.
        fields = line.split()
        if fields[3] == "01" and f"socket:[{fields[9]}]" in process.descriptors:
            ports.add(int(fields[2].rpartition(":")[2], 16))
    return ports


def freeze(container: Container) -> None:
    """Have all processes of a container stand still, until `container.unpause()`.

    Where one of them is being made meanwhile, as for a health check, the engine may give up: then it is asked again.
    """

    def is_frozen() -> bool:
        try:
            container.pause()
        except APIError:
            container.reload()
        else:
            return True
        return container.status == "paused"

    wait_until(is_frozen, f"{container.name} stands still")
