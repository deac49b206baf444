"""Several hosts on one Linux machine: each a network namespace with a Docker Engine of its own, joined by a switch.

A host has its own network, mount, PID, UTS and IPC namespaces; kernel, clock, processors and disk are shared. The
engines form a real Swarm, whose overlay is real VXLAN between the hosts. Needs root, and a kernel with VXLAN.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zlib import crc32

from tests.e2e.harness.compose import STATES
from tests.e2e.hosts.commands import COMMAND_WITHIN_S, LabFailed, has_no_cgroups, run, wait

# Another name makes other hosts, beside the first: for the tests, or for a second checkout.
LAB = os.environ.get("LAB") or "echo"
STATE = STATES / ("hosts" if LAB == "echo" else f"hosts-{LAB}")
SWITCH = f"{LAB}-switch"
_UPLINK = f"{LAB}-up"  # of the machine: its browser reaches what the hosts publish

SERVICES = ("server", "client", "tap", "scope")  # what docker-stack.yml deploys

# For each name a part of the benchmarking range (RFC 2544), which neither Docker's pools nor Swarm's (10.0.0.0/8) use.
_NETWORK = f"198.18.{crc32(LAB.encode()) % 256}"

_START_WITHIN_S = 60  # dockerd answers within 2 s
_JOIN_WITHIN_S = 60  # all nodes are ready within 1 s
_STOP_WITHIN_S = 60  # an orderly stop takes 2 s

# A node that is not heard of for three of these is down.
_HEARTBEAT = "2s"

# Its own host name makes it a node of its own name; its own /run keeps it from the main engine's files. A registry
# cannot be reached from a host, and a name server at the host's own address refuses at once, where none at all would
# make each unknown name wait for seconds. Swarm has no security_opt: the engine itself says no-new-privileges.
# Nodes that miss heartbeats are down: on a busy machine they go before others.
_BOOT = """
hostname "$1"
mount -t tmpfs tmpfs /run
exec nice -n -5 docker-init -s -- dockerd --log-level=warn --data-root "$2/data" --exec-root /run/docker \
  --pidfile /run/docker.pid -H "unix://$2/docker.sock" --cgroup-parent "/$1" --dns "$3" --no-new-privileges \
  --insecure-registry "$4"
"""

# In a session of its own, and with SIGINT as usual: bash has commands in the background ignore it, and containers would
# inherit that.
_BACKGROUND = 'setsid env --default-signal "$@" </dev/null >>"$0" 2>&1 &'


class Host:
    """One host: its network namespace, its engine. The first one is the Swarm's manager."""

    def __init__(self, number: int) -> None:
        self.name = f"{LAB}-host{number}"
        self.address = f"{_NETWORK}.{10 + number}"
        self.port = f"port{number}"  # of the switch
        self.folder = STATE / self.name
        self.socket = f"unix://{self.folder}/docker.sock"

    def docker(self, *arguments: str, stdin: int | None = None) -> str:
        """Run a docker command on the host's engine, and return what it printed."""
        return run("docker", "-H", self.socket, *arguments, stdin=stdin)

    def logs(self, service: str) -> str:
        """Return what the tasks of a service, on whichever host, have logged on stderr."""
        # Each task on its own: a request for all of them is cut short where a node is away, or waits for ever.
        tasks = self.docker("service", "ps", "--quiet", "--no-trunc", service).split()
        commands = (("docker", "-H", self.socket, "service", "logs", "--raw", task) for task in tasks)
        told = (
            subprocess.run(command, capture_output=True, text=True, check=False, timeout=COMMAND_WITHIN_S)
            for command in commands
        )
        return "".join(done.stderr for done in told if done.returncode == 0)

    def wire(self) -> None:
        """Join the host's namespace to the switch."""
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", "up0", "netns", self.name, "type", "veth", "peer", "name", self.port, "netns", SWITCH)
        run("ip", "-n", SWITCH, "link", "set", self.port, "master", "switch0", "up")
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
        command = ("bash", "-c", _BOOT, "boot", self.name, str(self.folder), self.address, f"{_NETWORK}.0/24")
        log = str(self.folder / "dockerd.log")
        run("bash", "-c", _BACKGROUND, log, *namespaces, *options, *command)
        try:
            wait(self.answers, f"the engine of {self.name} answers", _START_WITHIN_S)
        except LabFailed as error:
            *_, last = ["", *Path(log).read_text().splitlines()]
            raise LabFailed(f"{error}; its last words: {last}") from None

    def halt(self, signal_number: signal.Signals = signal.SIGKILL) -> None:
        """Cut the host's power, or with SIGTERM, shut it down; nothing where it is off."""
        for process in self._processes():
            if signal_number == signal.SIGKILL or _is_init(process):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal_number)
        wait(lambda: not self._processes(), f"{self.name} is off", _STOP_WITHIN_S)

    def unplug(self) -> None:
        """Pull the host's cable out of the switch."""
        run("ip", "-n", SWITCH, "link", "set", self.port, "down")

    def plug_in(self) -> None:
        """Put the cable back."""
        run("ip", "-n", SWITCH, "link", "set", self.port, "up")

    def remove(self) -> None:
        """Leave nothing of the host behind."""
        self.halt()
        data = self.folder / "data"
        if data.is_mount():
            run("umount", "--lazy", str(data))
        if Path("/run/netns", self.name).exists():
            run("ip", "netns", "delete", self.name)
        wait(lambda: has_no_cgroups(self.name), f"the containers of {self.name} are gone", _STOP_WITHIN_S)
        run("rm", "-rf", "--one-file-system", str(self.folder))

    def answers(self) -> bool:
        """Tell whether the engine answers."""
        command = ("docker", "-H", self.socket, "version")
        return subprocess.run(command, capture_output=True, check=False, timeout=_START_WITHIN_S).returncode == 0

    def _processes(self) -> list[int]:
        """Return the host's processes that are in its own network namespace: its containers' end with its init."""
        if not Path("/run/netns", self.name).exists():
            return []
        return [int(process) for process in run("ip", "netns", "pids", self.name).split()]


def up(count: int) -> list[Host]:
    """Make hosts that form a Swarm, with the images, and return them; the first is its manager. All or none."""
    if STATE.exists():
        raise LabFailed(f"{STATE} exists: there are hosts already; 'make hosts-down' removes them")
    try:
        STATE.mkdir(parents=True)
        hosts = [Host(number) for number in range(1, count + 1)]
        _connect(hosts)
        load_images(hosts)
    except BaseException:
        down()
        raise
    return hosts


def _connect(hosts: list[Host]) -> None:
    # The switch is in a namespace of its own: the main engine's firewall drops what a bridge of the machine forwards.
    run("ip", "netns", "add", SWITCH)
    run("ip", "-n", SWITCH, "link", "add", "switch0", "type", "bridge")
    run("ip", "-n", SWITCH, "link", "set", "switch0", "up")
    run("ip", "link", "add", _UPLINK, "type", "veth", "peer", "name", "port0", "netns", SWITCH)
    run("ip", "-n", SWITCH, "link", "set", "port0", "master", "switch0", "up")
    run("ip", "address", "add", f"{_NETWORK}.1/24", "dev", _UPLINK)
    run("ip", "link", "set", _UPLINK, "up")
    for host in hosts:
        host.wire()
    _all_at_once(Host.boot, hosts)
    manager, *workers = hosts
    manager.docker("swarm", "init", "--advertise-addr", manager.address, "--dispatcher-heartbeat", _HEARTBEAT)
    token = manager.docker("swarm", "join-token", "--quiet", "worker").strip()
    for host in workers:
        host.docker("swarm", "join", "--token", token, "--advertise-addr", host.address, f"{manager.address}:2377")
    wait(lambda: ready(manager) == len(hosts), f"all {len(hosts)} nodes are ready", _JOIN_WITHIN_S)


def load_images(hosts: list[Host]) -> None:
    """Copy what docker-stack.yml deploys from the machine's own engine to every host."""
    tag = os.environ.get("TAG") or "latest"
    archive = STATE / "images.tar"
    run("docker", "save", "--output", str(archive), *(f"echoscope/{service}:{tag}" for service in SERVICES))
    _all_at_once(lambda host: host.docker("load", "--quiet", "--input", str(archive)), hosts)
    archive.unlink()


def down() -> None:
    """Remove every host, the switch, and all that they left; nothing where there are none."""
    folders = (*STATE.glob(f"{LAB}-host*"), *Path("/run/netns").glob(f"{LAB}-host*"))
    hosts = [Host(number) for number in sorted({int(path.name.removeprefix(f"{LAB}-host")) for path in folders})]
    _all_at_once(Host.remove, hosts)
    # At once: the kernel takes down a namespace, and the other end with it, later than new hosts may be made.
    if Path("/sys/class/net", _UPLINK).exists():
        run("ip", "link", "delete", _UPLINK)
    if Path("/run/netns", SWITCH).exists():
        run("ip", "netns", "delete", SWITCH)
    run("rm", "-rf", "--one-file-system", str(STATE))


def left_over() -> list[str]:
    """Return what there still is of hosts: namespaces, the cable, mounts, processes, cgroups, files."""
    name = f"{LAB}-"
    processes = (path for path in Path("/proc").glob("[0-9]*") if _is_engine(path))
    places = (("/run/netns", f"{name}*"), ("/sys/class/net", _UPLINK), ("/sys/fs/cgroup", f"*/{name}host*"))
    paths = (path for folder, names in places for path in Path(folder).glob(names))
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if f"{name}host" in line]
    return [*map(str, (*paths, *processes)), *mounts, *([str(STATE)] if STATE.exists() else [])]


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


def _all_at_once(act: Callable[[Host], object], hosts: list[Host]) -> None:
    with ThreadPoolExecutor(max(len(hosts), 1)) as threads:
        list(threads.map(act, hosts))


def _is_init(process: int) -> bool:
    """Tell whether a process is the first one of a host, in the process namespace that is within this machine's."""
    with contextlib.suppress(OSError):
        for line in Path("/proc", str(process), "status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return line.split()[2:] == ["1"]
    return False


def _is_engine(process: Path) -> bool:
    with contextlib.suppress(OSError):
        return f"--data-root\0{STATE}/".encode() in (process / "cmdline").read_bytes()
    return False
