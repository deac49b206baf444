"""One measurement: the C load against one running peer."""

import dataclasses
import json
import subprocess
from dataclasses import dataclass

from tests.bench.peers.build import program
from tests.bench.peers.processes import PeerFailed, Server, memory_bytes

# What the load may take beyond its warm-up and its window, on a machine that is busy with other things.
GRACE_S = 30

# Connect from this many addresses: one has ports for 28,000 connections, those in TIME-WAIT included.
_SOURCES = ("--sources", "16")


@dataclass(frozen=True)
class Plan:
    """How each measurement is taken; `server_cpu` and `load_cpu` are the cores that they are pinned to (None: any).

    A measurement during which other programs kept more than `max_others_cores` busy is taken again, a few times.
    """

    rounds: int
    server_cpu: int
    load_cpu: int | None
    warmup_s: float
    seconds: float
    connections: int
    idle_connections: int
    max_others_cores: float | None


Sample = dict[str, float]


def measure_echo(server: Server, plan: Plan, *flags: str, size_bytes: int) -> Sample:
    """Keep the plan's connections busy with messages of this size; the load's own `flags` say how it handles them."""
    return _measure(server, plan, "echo", "--connections", str(plan.connections), "--size", str(size_bytes), *flags)


def measure_free(server: Server, plan: Plan, *, size_bytes: int) -> Sample:
    """Do the same with a load of two threads, server and load wherever the scheduler puts them."""
    free = dataclasses.replace(plan, load_cpu=None)
    flags = ["--connections", str(plan.connections), "--size", str(size_bytes), "--threads", "2"]
    return _measure(server, free, "echo", *flags)


def measure_connect(server: Server, plan: Plan) -> Sample:
    """Connect, echo 64 B, close, on the plan's connections at a time."""
    return _measure(server, plan, "connect", "--connections", str(plan.connections), "--size", "64", *_SOURCES)


def _measure(server: Server, plan: Plan, mode: str, *flags: str) -> Sample:
    """Return what the load counted, and what follows from it."""
    command = [*_load(server, plan, mode), *flags, "--warmup-s", str(plan.warmup_s), "--seconds", str(plan.seconds)]
    timeout_s = plan.warmup_s + plan.seconds + GRACE_S
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise PeerFailed(server.peer.name, f"the load did not end within {timeout_s} s") from None
    if done.returncode:
        raise PeerFailed(server.peer.name, f"the load failed ({done.returncode}): {done.stderr.strip()}")
    sample: dict[str, float] = json.loads(done.stdout)
    if not sample["messages"]:
        raise PeerFailed(server.peer.name, "not one message came back")
    sample["cpu_us"] = sample["server_cpu_ns"] / sample["messages"] / 1000
    sample["rate"] = sample["messages"] / sample["seconds"]
    others_ns = sample["machine_cpu_ns"] - sample["server_cpu_ns"] - sample["load_cpu_ns"]
    sample["others_cores"] = max(0.0, others_ns / 1e9 / sample["seconds"])  # the machine's count is coarser
    return sample


def _load(server: Server, plan: Plan, mode: str) -> list[str]:
    pinned = [] if plan.load_cpu is None else ["taskset", "-c", str(plan.load_cpu)]
    return [*pinned, str(program("load")), mode, "--port", str(server.port), "--server-pid", str(server.pid)]


def measure_idle(server: Server, plan: Plan) -> Sample:
    """Open connections, echo one message over each, and see what the server's memory grew by while they stay open."""
    connections = min(plan.idle_connections, server.peer.max_idle)
    before = memory_bytes(server.pid)
    command = [*_load(server, plan, "idle"), "--connections", str(connections), "--size", "64", *_SOURCES]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        try:
            assert load.stdout is not None
            # No wait without an end: the load gives up by itself, and this line is then empty.
            if not load.stdout.readline():
                raise PeerFailed(server.peer.name, f"the load could not open {connections} connections")
            after = memory_bytes(server.pid)
        finally:
            load.kill()
    return {
        "connections": connections,
        "memory_before_bytes": before,
        "memory_after_bytes": after,
        "bytes_per_connection": (after - before) / connections,
    }
