"""One measurement of a client: the CPU time that a load costs its own side, and the round trip of a ping-pong."""

import json
import math
import re
import subprocess
import sys
import time
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeAlias

from tests.bench.measuring import GRACE_S, Plan, Sample, measure_echo
from tests.bench.peers.processes import PeerFailed, Server, cpu_ns

# How often a client's CPU time is read while it runs; what it was at the window's ends is interpolated.
_SAMPLE_S = 0.02

_MESSAGE_BYTES = 64

# Moments (CLOCK_REALTIME, ns), and the CPU time that a process had taken by then (ns).
Readings: TypeAlias = list[tuple[int, int]]

Document: TypeAlias = dict[str, Any]


def measure_c_load(server: Server, plan: Plan, *, size_bytes: int) -> Sample:
    """Return what a message costs a plain C client, which receives into memory, and verifies it or does not."""
    sample = measure_echo(
        server, plan, "--verify" if server.peer.name == "c-verify" else "--copy", size_bytes=size_bytes
    )
    return {**sample, "client_cpu_us": sample["load_cpu_ns"] / sample["messages"] / 1000}


def measure_our_load(server: Server, plan: Plan, *, size_bytes: int) -> Sample:
    """Return what a verified message costs echoscope's load, within its measured window."""
    document, cpu = run_load(server, plan, connections=plan.connections, size_bytes=size_bytes)
    began_ns, ended_ns = (_unix_ns(document[name]) for name in ("started_at", "ended_at"))
    messages, seconds = document["messages_verified"], (ended_ns - began_ns) / 1e9
    if not messages or document["errors"]:
        raise PeerFailed(server.peer.name, f"the load verified {messages} messages, with errors {document['errors']}")
    taken_ns = _at(ended_ns, cpu) - _at(began_ns, cpu)
    return {"messages": messages, "rate": messages / seconds, "client_cpu_us": taken_ns / messages / 1000}


def measure_our_ping_pong(server: Server, plan: Plan) -> Sample:
    """Return the median round trip of one message at a time on one connection, echoscope's load at our server."""
    document, _ = run_load(server, plan, connections=1, size_bytes=_MESSAGE_BYTES)
    return {"rtt_us": document["latency_us"]["p50"], "rate": document["rate_achieved"]}


def measure_sockperf(server: Server, plan: Plan) -> Sample:
    """Return the same of sockperf at its own server."""
    address = ["-i", "127.0.0.1", "-p", str(server.port), "--tcp"]
    whole_s = str(math.ceil(plan.seconds))  # it takes no fraction
    command = ["sockperf", "ping-pong", *address, "-m", str(_MESSAGE_BYTES), "-t", whole_s, "--full-rtt"]
    done = subprocess.run(
        [*_pinned(plan), *command], capture_output=True, text=True, check=False, timeout=plan.seconds + GRACE_S
    )
    median = re.search(r"percentile 50\.000 =\s*([\d.]+)", done.stdout)
    valid = re.search(r"\[Valid Duration\] RunTime=([\d.]+) sec; SentMessages=\d+; ReceivedMessages=(\d+)", done.stdout)
    if not (median and valid):
        raise PeerFailed(server.peer.name, f"sockperf ({done.returncode}): {(done.stderr or done.stdout)[-500:]}")
    return {"rtt_us": float(median[1]), "rate": int(valid[2]) / float(valid[1])}


def run_load(server: Server, plan: Plan, *flags: str, connections: int, size_bytes: int) -> tuple[Document, Readings]:
    """Run echoscope's load; return its document, and its CPU time as it went. Raises PeerFailed."""
    shape = ["--connections", str(connections), "--size-bytes", str(size_bytes), "--log-level", "warning"]
    window = ["--duration-s", f"{plan.seconds:g}", "--warmup-s", f"{plan.warmup_s:g}"]
    command = [sys.executable, "-m", "services.client", "load", "--host", "127.0.0.1", "--port", str(server.port)]
    deadline_s = time.monotonic() + plan.warmup_s + plan.seconds + GRACE_S
    readings: Readings = []
    with subprocess.Popen(
        [*_pinned(plan), *command, *shape, *window, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as client:
        try:
            while client.poll() is None and time.monotonic() < deadline_s:
                readings.append((time.time_ns(), cpu_ns(client.pid)))
                time.sleep(_SAMPLE_S)
        finally:
            client.kill()
        printed, said = client.communicate()
    if client.returncode:
        raise PeerFailed(server.peer.name, f"the load failed ({client.returncode}): {said.decode()[-500:]}")
    document: Document = json.loads(printed)
    return document, readings


def _pinned(plan: Plan) -> list[str]:
    return [] if plan.load_cpu is None else ["taskset", "-c", str(plan.load_cpu)]


def _at(moment_ns: int, readings: Readings) -> float:
    """Interpolate between the two readings around a moment."""
    for (before_ns, before), (after_ns, after) in pairwise(readings):
        if before_ns <= moment_ns <= after_ns:
            return before + (after - before) * (moment_ns - before_ns) / (after_ns - before_ns)
    raise ValueError(f"the client's CPU time was not read around {moment_ns}")


def _unix_ns(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp() * 1e6) * 1000
