"""`make soak`: a server under mixed load for ECHO_SOAK_MINUTES, whose memory and descriptors have to stay flat."""

import os
import statistics
import sys
import time
from dataclasses import astuple, dataclass, fields

import docker
from docker.models.containers import Container

from tests.e2e.harness.containers import end_report, exit_code, wait_for_line
from tests.e2e.harness.observing import is_out_of_memory, memory_bytes, metrics
from tests.e2e.harness.processes import workers
from tests.e2e.harness.stack import Stack, running
from tests.e2e.harness.tools import build_tools
from tests.e2e.harness.waiting import wait_until

_SAMPLE_EVERY_S = 5.0

# The rule: of the time, the first fifth is warm-up; of the rest, the median of the last third may exceed that of the
# first by this part of it, and so much more for the noise of a figure that is small.
_WARM_UP = 0.2
_GROWTH = 0.02
_NOISE = {"container_kib": 1024, "workers_kib": 512, "descriptors": 8}

# A worker keeps up to 16 pipes for the next peers that do not read (server/echo/splicing.py), of two ends each.
_WORKERS = 2
_SPARE_DESCRIPTORS = _WORKERS * 2 * 16

_ENVIRONMENT = {
    "ECHO_LOG_LEVEL": "warning",
    "ECHO_SERVER_WORKERS": str(_WORKERS),
    "ECHO_SERVER_IDLE_TIMEOUT_S": "20",
}

# Crowds that fall silent and peers that stop reading, until the server has had enough of them; then the next ones.
_AGAIN = "while :; do timeout --signal=INT {} python3 {}; done"
_PERIODS_S = {"crowd.py server 500": 29, "never_reads.py server 50 4096": 31}


@dataclass(frozen=True)
class Sample:
    """What the server held at a moment: in the container, and in its workers together.

    `descriptors` are those that are no connection's.
    """

    container_kib: float
    workers_kib: float
    descriptors: float
    connections: float


class MixedLoad:
    """Sessions long and short that must not fail, a byte a second, silence, peers that never read, and resets."""

    def __init__(self, stack: Stack) -> None:
        self._loads = [stack.start_peer("python3", "load.py", "server", "6", "0.05") for _ in range(2)]
        self._stream = stack.start_client("--sessions", "0", "--size-bytes", "5000000", ECHO_LOG_LEVEL="warning")
        self._slow = stack.start_peer("python3", "byte_by_byte.py", "server", str(10**9), "1")
        stages = ("at_once", "mid_message", "after_half_close")
        self._faulty = [stack.start_peer("python3", "resets.py", "server", one, str(10**9), "0.02") for one in stages]
        for command, period_s in _PERIODS_S.items():
            self._faulty.append(stack.start_peer("bash", "-c", _AGAIN.format(period_s, command)))
        for load in self._loads:
            wait_for_line(load, "running")

    def end(self) -> list[str]:
        """End it; return what went wrong with the sessions that must not fail."""
        reports = [end_report(load) for load in self._loads]
        sys.stdout.write(f"sessions verified: {sum(report['verified'] for report in reports)}\n")
        wrong = [failure for report in reports for failure in report["failures"]]
        self._stream.kill("SIGTERM")
        if (code := exit_code(self._stream)) != 143:
            wrong.append(f"the client ended with {code}")
        for peer in (self._slow, *self._faulty):
            wrong += _stopped_early(peer)
            peer.kill()
        return wrong


def _stopped_early(peer: Container) -> list[str]:
    peer.reload()
    return [] if peer.status == "running" else [f"{peer.name} ended: {peer.logs(tail=3).decode()}"]


def _sample(stack: Stack) -> Sample:
    held = workers(stack.server)
    connections = metrics(stack)["echo_connections_open"]
    return Sample(
        memory_bytes(stack.server) / 1024,
        sum(worker.resident_kib for worker in held),
        sum(len(worker.descriptors) for worker in held) - connections,
        connections,
    )


def _sample_for(stack: Stack, duration_s: float) -> list[Sample]:
    samples: list[Sample] = []
    began_s = time.monotonic()
    while (elapsed_s := time.monotonic() - began_s) < duration_s:
        samples.append(_sample(stack))
        sys.stdout.write(f"{elapsed_s:6.0f} s  {astuple(samples[-1])}\n")
        sys.stdout.flush()
        time.sleep(_SAMPLE_EVERY_S)
    return samples


def _judge(samples: list[Sample]) -> list[str]:
    """Print each figure's course; return those that are not flat."""
    wrong = []
    steady = samples[int(len(samples) * _WARM_UP) :]
    third = max(1, len(steady) // 3)
    sys.stdout.write(f"{'':>14} {'first third':>12} {'last third':>12} {'min':>12} {'max':>12}\n")
    for field in fields(Sample):
        values = [float(getattr(sample, field.name)) for sample in steady]
        first, last = statistics.median(values[:third]), statistics.median(values[-third:])
        sys.stdout.write(f"{field.name:>14} {first:12.0f} {last:12.0f} {min(values):12.0f} {max(values):12.0f}\n")
        if field.name in _NOISE and last > first * (1 + _GROWTH) + _NOISE[field.name]:
            wrong.append(f"{field.name} grew from {first:.0f} to {last:.0f}")
    return wrong


def _judge_the_end(stack: Stack, descriptors: float) -> list[str]:
    """Return what the load has left behind, and what it has cost the server."""
    server = stack.server
    wait_until(lambda: metrics(stack)["echo_connections_open"] == 0, "every connection has ended", within_s=30)
    left, seen = _sample(stack).descriptors, metrics(stack)
    sys.stdout.writelines(f"{name} {value:.0f}\n" for name, value in seen.items() if "_total" in name)
    sys.stdout.write(f"descriptors before the load {descriptors:.0f}, after it {left:.0f}\n")
    server.stop()
    code = exit_code(server)
    faults = {
        f"{left - descriptors:.0f} descriptors were left behind": left > descriptors + _SPARE_DESCRIPTORS,
        "a worker died": seen["echo_worker_restarts_total"] > 0,
        "more bytes were sent than received": seen["echo_sent_bytes_total"] > seen["echo_received_bytes_total"],
        "the server ran out of memory": is_out_of_memory(server),
        f"the server ended with {code}": code != 0,
    }
    return [fault for fault, is_so in faults.items() if is_so]


def main(minutes: float) -> int:
    """Return the exit code: 0 for flat."""
    engine = docker.from_env()
    build_tools()
    with running(engine, **_ENVIRONMENT) as stack:
        descriptors = _sample(stack).descriptors
        load = MixedLoad(stack)
        samples = _sample_for(stack, minutes * 60)
        wrong = [*load.end(), *_judge(samples), *_judge_the_end(stack, descriptors)]
    sys.stdout.write("".join(f"NOT FLAT: {fault}\n" for fault in wrong) or "flat\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(float(os.environ.get("ECHO_SOAK_MINUTES") or 10)))
