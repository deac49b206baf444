"""One measurement of a server that may be watched: what a fixed rate costs it, and how long an echo takes."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.clients import run_load
from tests.bench.measuring import Plan, Sample
from tests.bench.peers.peers import CALLS_PORT
from tests.bench.peers.processes import PeerFailed, Server, cpu_ns, end, memory_bytes

_RATE = 10_000
_MESSAGE_BYTES = 64
_PACKETS_PORT = 15_002
_CONNECT_TIMEOUT_S = 10


def measure_watched(server: Server, plan: Plan) -> Sample:
    """Return what a message costs the server, and its median service time, with a scope and a tap or without."""
    watching = _watched(server, plan) if server.peer.name == "watched" else contextlib.nullcontext()
    with watching as scope:
        before_ns = cpu_ns(server.pid)
        rate = ("--rate", str(_RATE))
        document, _ = run_load(server, plan, *rate, connections=plan.connections, size_bytes=_MESSAGE_BYTES)
        after_ns = cpu_ns(server.pid)
        memory = memory_bytes(scope) if scope else 0
    messages = document["messages_verified"] + document["warmup"]["messages_verified"]
    return {
        "cpu_us": (after_ns - before_ns) / messages / 1000,
        "service_us": document["service_time_us"]["p50"],
        "service_p99_us": document["service_time_us"]["p99"],
        "rate": document["rate_achieved"],
        "scope_memory_bytes": memory,
    }


@contextlib.contextmanager
def _watched(server: Server, plan: Plan) -> Iterator[int]:
    """Run a scope, and a tap that has reached it, on the load's core; give the scope's process."""
    scope = ("scope", "--calls-port", str(CALLS_PORT), "--packets-port", str(_PACKETS_PORT))
    tap = ("tap", "--interface", "lo", "--port", str(server.port), "--packets", f"127.0.0.1:{_PACKETS_PORT}")
    with (
        _service(server, plan, *scope, until=b"scope_listening") as pid,
        _service(server, plan, *tap, until=b"scope_connected"),
    ):
        yield pid


@contextlib.contextmanager
def _service(server: Server, plan: Plan, name: str, *flags: str, until: bytes) -> Iterator[int]:
    """Run a service, whose log says `until` when it is there. Raises PeerFailed."""
    pinned = [] if plan.load_cpu is None else ["taskset", "-c", str(plan.load_cpu)]
    command = [*pinned, sys.executable, "-m", f"services.{name}", *flags]
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True)
        try:
            deadline_s = time.monotonic() + _CONNECT_TIMEOUT_S
            while until not in (said := Path(log.name).read_bytes()):
                if process.poll() is not None or time.monotonic() > deadline_s:
                    raise PeerFailed(server.peer.name, f"the {name} is not there: {said.decode()[-500:]}")
                time.sleep(0.02)
            yield process.pid
        finally:
            end(process)
