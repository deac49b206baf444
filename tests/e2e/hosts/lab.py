"""Several hosts on one Linux machine: each a network namespace with a Docker Engine of its own, joined by a switch.

A host has its own network, mount, PID, UTS and IPC namespaces; kernel, clock, processors and disk are shared. The
engines form a real Swarm, whose overlay is real VXLAN between the hosts. Needs root, and a kernel with VXLAN.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.harness.waiting import NeverHappened, wait_until

STATE = Path("/var/lib/echoscope/hosts")

# The benchmarking range (RFC 2544), in which neither Docker's pools (172.17 and up) nor Swarm's (10.0.0.0/8) are.
_NETWORK = "198.18.4"
_SWITCH = "echo-switch"

_START_WITHIN_S = 60  # dockerd answers within 2 s
_JOIN_WITHIN_S = 30  # all nodes are ready within 1 s
_STOP_WITHIN_S = 30  # an orderly stop takes 2 s
_COMMAND_WITHIN_S = 300  # to load an image from a slow disk

# A node that is not heard of for three of these is down.
_HEARTBEAT = "2s"

# Its own host name makes it a node of its own name; its own /run keeps it from the main engine's files. A registry
# cannot be reached from a host, and a name server at the host's own address refuses at once, where none at all would
# make each unknown name wait for seconds. Swarm has no security_opt: the engine itself says no-new-privileges.
_BOOT = """
hostname "$1"
mount -t tmpfs tmpfs /run
exec docker-init -s -- dockerd --log-level=warn --data-root "$2/data" --exec-root /run/docker \
  --pidfile /run/docker.pid -H "unix://$2/docker.sock" --cgroup-parent "/$1" --dns "$3" --no-new-privileges
"""

# In a session of its own, and with SIGINT as usual: bash has commands in the background ignore it, and containers would
# inherit that. Prints the process id.
_BACKGROUND = 'setsid env --default-signal "$@" </dev/null >>"$0" 2>&1 & echo $!'


class LabFailed(Exception):
    """A step of the lab did not succeed; `str()` says which, and what was printed."""


class Host:
    """One host: its network namespace, its engine. The first one is the Swarm's manager."""

    def __init__(self, number: int) -> None:
        self.name = f"echo-host{number}"
        self.address = f"{_NETWORK}.{10 + number}"
        self.port = f"port{number}"  # of the switch
        self.folder = STATE / self.name
        self.socket = f"unix://{self.folder}/docker.sock"

    def docker(self, *arguments: str, stdin: int | None = None) -> str:
        """Run a docker command on the host's engine, and return what it printed."""
        return run("docker", "-H", self.socket, *arguments, stdin=stdin)

    def logs(self, service: str) -> str:
        """Return what the tasks of a service, on whichever host, have logged on stderr."""
        command = ("docker", "-H", self.socket, "service", "logs", "--raw", service)
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=_COMMAND_WITHIN_S).stderr

    def wire(self) -> None:
        """Join the host's namespace to the switch."""
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", "up0", "netns", self.name, "type", "veth", "peer", "name", self.port, "netns", _SWITCH)
        run("ip", "-n", _SWITCH, "link", "set", self.port, "master", "switch0", "up")
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        run("ip", "-n", self.name, "address", "add", f"{self.address}/24", "dev", "up0")
        run("ip", "-n", self.name, "link", "set", "up0", "up")

    def boot(self) -> None:
        """Start the host's engine, and wait until it answers."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        if not data.is_mount():
            run("mount", "-t", "tmpfs", "-o", "size=4g", self.name, str(data))
        (self.folder / "docker.sock").unlink(missing_ok=True)
        # `ip netns exec` would mount /sys anew, without the cgroups that dockerd looks for.
        namespaces = ("nsenter", f"--net=/run/netns/{self.name}", "--", "unshare", "--mount", "--uts", "--ipc", "--pid")
        options = ("--fork", "--kill-child", "--mount-proc", "--propagation", "private")
        command = ("bash", "-c", _BOOT, "boot", self.name, str(self.folder), self.address)
        log = str(self.folder / "dockerd.log")
        pid = run("bash", "-c", _BACKGROUND, log, *namespaces, *options, *command)
        (self.folder / "pid").write_text(pid)
        wait(self.answers, f"the engine of {self.name} answers (log: {self.folder}/dockerd.log)", _START_WITHIN_S)

    def halt(self, signal_number: signal.Signals = signal.SIGKILL) -> None:
        """Cut the host's power, or with SIGTERM, shut it down; nothing where it is off."""
        init = self._init()
        if init is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(init, signal_number)
        wait(lambda: self._init() is None, f"{self.name} is off", _STOP_WITHIN_S)
        (self.folder / "pid").unlink(missing_ok=True)

    def unplug(self) -> None:
        """Pull the host's cable out of the switch."""
        run("ip", "-n", _SWITCH, "link", "set", self.port, "down")

    def plug_in(self) -> None:
        """Put the cable back."""
        run("ip", "-n", _SWITCH, "link", "set", self.port, "up")

    def remove(self) -> None:
        """Leave nothing of the host behind."""
        self.halt()
        data = self.folder / "data"
        if data.is_mount():
            run("umount", "--lazy", str(data))
        if Path("/run/netns", self.name).exists():
            run("ip", "netns", "delete", self.name)
        # The cgroups of containers outlive a power cut; one hierarchy for each controller (v1), or one for all (v2).
        for root in (Path("/sys/fs/cgroup", self.name), *Path("/sys/fs/cgroup").glob(f"*/{self.name}")):
            for folder, _, _ in os.walk(root, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()
        run("rm", "-rf", "--one-file-system", str(self.folder))

    def answers(self) -> bool:
        """Tell whether the engine answers."""
        command = ("docker", "-H", self.socket, "version")
        return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0

    def _init(self) -> int | None:
        """Return the process id of the host's init, seen from outside, while it runs."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            child = int((self.folder / "pid").read_text())
            for process in _children(child):
                if self.name in Path("/proc", str(process), "cmdline").read_text() and _state(process) != "Z":
                    return process
        return None


def up(count: int) -> list[Host]:
    """Make hosts that form a Swarm, and return them; the first is its manager."""
    if STATE.exists():
        raise LabFailed(f"{STATE} exists: there are hosts already; 'make hosts-down' removes them")
    hosts = [Host(number) for number in range(1, count + 1)]
    STATE.mkdir(parents=True)
    # The switch is in a namespace of its own: the main engine's firewall drops what a bridge of the machine forwards.
    run("ip", "netns", "add", _SWITCH)
    run("ip", "-n", _SWITCH, "link", "add", "switch0", "type", "bridge")
    run("ip", "-n", _SWITCH, "link", "set", "switch0", "up")
    for host in hosts:
        host.wire()
    _all_at_once(Host.boot, hosts)
    manager, *workers = hosts
    manager.docker("swarm", "init", "--advertise-addr", manager.address, "--dispatcher-heartbeat", _HEARTBEAT)
    token = manager.docker("swarm", "join-token", "--quiet", "worker").strip()
    for host in workers:
        host.docker("swarm", "join", "--token", token, "--advertise-addr", host.address, f"{manager.address}:2377")
    wait(lambda: ready(manager) == count, f"all {count} nodes are ready", _JOIN_WITHIN_S)
    return hosts


def load_images(hosts: list[Host]) -> None:
    """Copy what docker-stack.yml deploys from the machine's own engine to every host."""
    tag = os.environ.get("TAG") or "latest"
    images = [f"echoscope/{service}:{tag}" for service in ("server", "client", "tap", "scope")]
    archive = STATE / "images.tar"
    run("docker", "save", "--output", str(archive), *images)
    _all_at_once(lambda host: host.docker("load", "--quiet", "--input", str(archive)), hosts)
    archive.unlink()


def down() -> None:
    """Remove every host, the switch, and all that they left; nothing where there are none."""
    hosts = [Host(int(path.name.removeprefix("echo-host"))) for path in sorted(STATE.glob("echo-host*"))]
    _all_at_once(Host.remove, hosts)
    if Path("/run/netns", _SWITCH).exists():
        run("ip", "netns", "delete", _SWITCH)
    run("rm", "-rf", "--one-file-system", str(STATE))


def ready(manager: Host) -> int:
    """Return how many of the Swarm's nodes are ready."""
    return manager.docker("node", "ls", "--format", "{{.Status}}").split().count("Ready")


def lacking() -> str | None:
    """Return what this machine lacks for hosts of its own; None where it has all."""
    if os.geteuid() != 0:
        return "root"
    for program in ("nsenter", "unshare", "ip", "dockerd", "docker-init"):
        if subprocess.run(["which", program], capture_output=True, check=False, timeout=20).returncode:
            return program
    with contextlib.suppress(LabFailed):
        run("unshare", "--net", "ip", "link", "add", "vxlan0", "type", "vxlan", "id", "1", "dstport", "4789")
        return None
    return "VXLAN in the kernel"


def run(*command: str, stdin: int | None = None) -> str:
    """Run a command and return what it printed; raise LabFailed unless it exits with 0."""
    done = subprocess.run(
        command,
        stdin=stdin or subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_COMMAND_WITHIN_S,
    )
    if done.returncode:
        raise LabFailed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wait(condition: Callable[[], bool], what: str, within_s: float) -> None:
    """Wait until the condition is true; raise LabFailed after `within_s`."""
    try:
        wait_until(condition, what, within_s)
    except NeverHappened as error:
        raise LabFailed(str(error)) from None


def _all_at_once(act: Callable[[Host], object], hosts: list[Host]) -> None:
    with ThreadPoolExecutor(max(len(hosts), 1)) as threads:
        list(threads.map(act, hosts))


def _children(process: int) -> Iterator[int]:
    yield from map(int, Path("/proc", str(process), "task", str(process), "children").read_text().split())


def _state(process: int) -> str:
    return Path("/proc", str(process), "stat").read_text().rpartition(")")[2].split()[0]
