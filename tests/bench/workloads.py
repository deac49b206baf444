"""What the peers are put to: each workload is a title, the peers that take part, and one way to measure them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.bench.clients import measure_c_load, measure_our_load, measure_our_ping_pong, measure_sockperf
from tests.bench.measuring import Plan, Sample, measure_connect, measure_echo, measure_free, measure_idle
from tests.bench.peers.peers import ON_ONE_CORE, YARDSTICK
from tests.bench.peers.processes import Server
from tests.bench.readers import measure_reader
from tests.bench.watching import measure_watched


@dataclass(frozen=True)
class Metric:
    """One figure of a sample: its key there, what it is called, its unit, and the decimals worth reading."""

    key: str
    title: str
    unit: str
    decimals: int = 0


@dataclass(frozen=True)
class Workload:
    """`cost` is what it is about, the less the better; `rate`, if any, is the more the better."""

    name: str
    title: str
    measure: Callable[[Server, Plan], Sample]
    cost: Metric
    rate: Metric | None = None
    peers: tuple[str, ...] = ON_ONE_CORE
    yardstick: str = YARDSTICK
    is_pinned: bool = True


_CPU_PER_MESSAGE = Metric("cpu_us", "server CPU per message", "µs", 2)
_MESSAGES = Metric("rate", "messages", "/s")


def _echo(name: str, title: str, size_bytes: int, *flags: str) -> Workload:
    def measure(server: Server, plan: Plan) -> Sample:
        return measure_echo(server, plan, *flags, size_bytes=size_bytes)

    return Workload(name, title, measure, _CPU_PER_MESSAGE, _MESSAGES)


def _measure_load(server: Server, plan: Plan, *, size_bytes: int) -> Sample:
    measure = measure_our_load if server.peer.name == "our-load" else measure_c_load
    return measure(server, plan, size_bytes=size_bytes)


def _measure_ping_pong(server: Server, plan: Plan) -> Sample:
    return measure_sockperf(server, plan) if server.peer.name == "sockperf" else measure_our_ping_pong(server, plan)


def _client(name: str, title: str, size_bytes: int) -> Workload:
    measure = partial(_measure_load, size_bytes=size_bytes)
    cost = Metric("client_cpu_us", "client CPU per message", "µs", 2)
    return Workload(name, title, measure, cost, _MESSAGES, peers=("c-load", "c-verify", "our-load"), yardstick="c-load")


WORKLOADS = {
    workload.name: workload
    for workload in (
        _echo("64B", "64 B messages", 64),
        _echo("1KiB", "1 KiB messages", 1024),
        # A load that copies is the bottleneck here, and hides how fast the servers are.
        _echo("64KiB", "64 KiB messages", 65_536, "--sendfile"),
        _echo("64KiB-copied", "64 KiB messages, copied by the load", 65_536),
        Workload(
            "connect",
            "connect, echo 64 B, close",
            measure_connect,
            Metric("cpu_us", "server CPU per connection", "µs", 1),
            Metric("rate", "connections", "/s"),
        ),
        Workload(
            "idle", "an idle connection", measure_idle, Metric("bytes_per_connection", "memory per connection", "B")
        ),
        Workload(
            "workers",
            "1 and 2 workers, 64 B messages, nothing pinned",
            partial(measure_free, size_bytes=64),
            _CPU_PER_MESSAGE,
            _MESSAGES,
            peers=("ours", "ours-2-workers"),
            yardstick="ours",
            is_pinned=False,
        ),
        _client("client-64B", "64 B messages", 64),
        _client("client-64KiB", "64 KiB messages", 65_536),
        Workload(
            "ping-pong",
            "64 B, one at a time on one connection",
            _measure_ping_pong,
            Metric("rtt_us", "median round trip", "µs", 1),
            Metric("rate", "round trips", "/s"),
            peers=("sockperf", "our-ping-pong"),
            yardstick="sockperf",
        ),
        Workload(
            "watched",
            "10,000 messages a second, watched or not",
            measure_watched,
            Metric("service_us", "median service time", "µs"),
            Metric("rate", "messages", "/s"),
            peers=("unwatched", "watched"),
            yardstick="unwatched",
        ),
        Workload(
            "traced",
            "64 B, one at a time on one connection, server traced or not",
            # On one core with strace, which runs only while the server is stopped: on two, the scheduler decides.
            measure_our_ping_pong,
            Metric("rtt_us", "median round trip", "µs", 1),
            Metric("rate", "round trips", "/s"),
            peers=("untraced", "traced"),
            yardstick="untraced",
        ),
        Workload(
            "read",
            "reading a capture",
            measure_reader,
            Metric("cpu_us", "CPU per packet", "µs", 1),
            Metric("rate", "packets", "/s"),
            peers=("our-reader", "tshark", "scapy"),
            yardstick="our-reader",
        ),
    )
}
