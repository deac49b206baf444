"""One measurement of a reader of captures: the CPU time that a packet costs it, its start-up taken off."""

import resource
import subprocess
import sys
import time

from shared.pcap import file_header
from tests.bench.measuring import Plan, Sample
from tests.bench.peers.build import CACHE
from tests.bench.peers.processes import PeerFailed, Server
from tests.unit.services.scope.harness.wire import RAW, Talk, capture

_SESSIONS, _ECHOES = 6_000, 4
_PACKETS = _SESSIONS * (3 + 4 * _ECHOES + 3)

# scapy takes a hundred times as long as the others: it reads so many of them.
_SCAPY_PACKETS = 20_000
_SCAPY = f"""
import sys
from scapy.layers.inet import TCP
from scapy.utils import PcapReader
for number, packet in enumerate(PcapReader(sys.argv[1])):
    if number == {_SCAPY_PACKETS}: break
    packet[TCP].flags, packet[TCP].options
"""

_TSHARK_FIELDS = ("-T", "fields", "-e", "tcp.seq", "-e", "tcp.len", "-e", "tcp.analysis.flags")

# What each is asked for: the segments of every connection, and what is wrong with them, as far as it can tell.
_COMMANDS = {
    "our-reader": ([sys.executable, "-m", "services.scope", "read", "--json"], _PACKETS),
    "tshark": (
        ["tshark", "-T", "fields", "-e", "tcp.seq", "-e", "tcp.len", "-e", "tcp.analysis.flags", "-r"],
        _PACKETS,
    ),
    "scapy": ([sys.executable, "-c", _SCAPY], _SCAPY_PACKETS),
}

_TIMEOUT_S = 120


def measure_reader(server: Server, plan: Plan) -> Sample:
    """Return what a packet costs the reader that this peer stands for; its server has nothing to do."""
    full, empty = CACHE / "read.pcap", CACHE / "empty.pcap"
    if not full.exists():
        full.write_bytes(capture(packet for number in range(_SESSIONS) for packet in _session(number).packets))
        empty.write_bytes(file_header(RAW, 65_535))
    command, packets = _COMMANDS[server.peer.name]
    began_s = time.monotonic()
    cpu_s = _cpu_s(server, plan, [*command, str(full)])
    seconds = time.monotonic() - began_s
    return {
        "cpu_us": (cpu_s - _cpu_s(server, plan, [*command, str(empty)])) / packets * 1e6,
        "rate": packets / seconds,
    }


def _cpu_s(server: Server, plan: Plan, command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pinned = ["taskset", "-c", str(plan.server_cpu), *command]
    done = subprocess.run(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, timeout=_TIMEOUT_S)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):  # 1: there was nothing to show
        raise PeerFailed(server.peer.name, f"ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _session(number: int) -> Talk:
    talk = Talk(10_000 + number % 50_000, (1000 * number, 77 * number))
    talk.handshake()
    for echo in range(_ECHOES):
        at = 1 + 64 * echo
        talk.client("PSH ACK", at, at, 64)
        talk.server("ACK", at, at + 64)
        talk.server("PSH ACK", at, at + 64, 64)
        talk.client("ACK", at + 64, at + 64)
    end = 1 + 64 * _ECHOES
    talk.client("FIN ACK", end, end)
    talk.server("FIN ACK", end, end + 1)
    talk.client("ACK", end + 1, end + 1)
    return talk
