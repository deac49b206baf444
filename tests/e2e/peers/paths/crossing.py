"""A session over a path with three capture points, on which segments are lost, late or cut: WHAT FOLDER.

Four namespaces in a row: the client's, its host, the server's host, the server's. The points are the client's interface
(laptop), the server's host's towards the client's (rack), and the server's (pod). Each writes a capture into FOLDER.
"""

import ctypes
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

PORT, SENTINEL = 5000, 9
SERVER = "10.3.0.2"
DEADLINE_S = 60.0
SNAP_BYTES = 256

# From each namespace to the next: interfaces and addresses.
LINKS = (
    ("client", "eth0", "10.1.0.1", "host1", "inner", "10.1.0.2"),
    ("host1", "outer", "10.2.0.1", "host2", "outer", "10.2.0.2"),
    ("host2", "inner", "10.3.0.1", "server", "eth0", SERVER),
)
ROUTES = (("client", "10.1.0.2"), ("host1", "10.2.0.2"), ("host2", "10.2.0.1"), ("server", "10.3.0.1"))
POINTS = {"laptop": ("client", "eth0"), "rack": ("host2", "outer"), "pod": ("server", "eth0")}

# Where what matches is dropped: namespace, family, and hook.
DROPS = {
    "egress": ("host1", "netdev", 'hook egress device "outer"'),
    "ingress": ("host2", "netdev", 'hook ingress device "outer"'),
    "input": ("server", "inet", "hook input"),
}
# How the client's host sends. Slowly: five segments of 1,514 bytes, which leave the client as one packet, take 60 ms;
# 13 of them are there in advance.
SHAPES = {
    "slow": ("rate", "1mbit", "burst", "1600", "limit", "1m"),
    "cut": ("rate", "200mbit", "burst", "10k", "limit", "4m"),
}

_CLONE_NEWNET, _ETH_P_ALL, _SO_TIMESTAMPNS, _SO_RCVBUFFORCE = 0x40000000, 3, 35, 33
_SOL_PACKET, _PACKET_STATISTICS = 263, 6


def ip(*arguments: str) -> None:
    """Configure the network."""
    subprocess.run(["ip", *arguments], check=True, timeout=DEADLINE_S)


def inside(namespace: str, *command: str, given: str | None = None) -> str:
    """Run a command in a namespace; return what it prints."""
    run = ["ip", "netns", "exec", namespace, *command]
    return subprocess.run(run, check=True, capture_output=True, text=True, input=given, timeout=DEADLINE_S).stdout


def enter(namespace: str) -> None:
    """Move this thread into a namespace."""
    with Path("/run/netns", namespace).open() as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def build() -> None:
    """Make the path."""
    for namespace in ("client", "host1", "host2", "server"):
        ip("netns", "add", namespace)
        ip("-n", namespace, "link", "set", "lo", "up")
        inside(namespace, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    for near, interface, address, far, other, far_address in LINKS:
        ip("link", "add", interface, "netns", near, "type", "veth", "peer", "name", other, "netns", far)
        for namespace, name, own in ((near, interface, address), (far, other, far_address)):
            ip("-n", namespace, "address", "add", f"{own}/24", "dev", name)
            ip("-n", namespace, "link", "set", name, "up")
    for namespace, gateway in ROUTES:
        ip("-n", namespace, "route", "add", "default", "via", gateway)


class Point(threading.Thread):
    """A capture point; it ends behind the sentinel, when nothing has come for a while."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(daemon=True)  # where anything fails, the program ends at once
        self._namespace, self._interface = POINTS[name]
        self._file = folder / f"{name}.pcap"
        self.ready = threading.Event()
        self.drops = -1

    def run(self) -> None:
        """Capture."""
        enter(self._namespace)
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.bind((self._interface, _ETH_P_ALL))
        sock.settimeout(DEADLINE_S)
        with self._file.open("wb") as file, suppress(TimeoutError):
            file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAP_BYTES, 1))
            self.ready.set()
            while True:
                data, ancillary, _, _ = sock.recvmsg(131_072, 64)
                ports = struct.unpack_from("!HH", data, 34) if data[12:14] == b"\x08\x00" else ()
                if SENTINEL in ports:
                    sock.settimeout(0.5)
                if PORT in ports:
                    seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
                    kept = data[:SNAP_BYTES]
                    file.write(struct.pack("<IIII", seconds, nanoseconds, len(kept), len(data)) + kept)
        self.drops = struct.unpack("II", sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]


def serve(ready: threading.Event) -> None:
    """Echo one connection."""
    enter("server")
    with socket.create_server((SERVER, PORT)) as listener:
        ready.set()
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(DEADLINE_S)
            while data := connection.recv(65_536):
                connection.sendall(data)


def receive(sock: socket.socket, count: int) -> None:
    """Take so many bytes."""
    while count:
        data = sock.recv(count)
        if not data:
            sys.exit("the server has closed")
        count -= len(data)


def lose(sock: socket.socket, place: str) -> None:
    """Send a segment that is dropped, until the rule has counted one; then let it through."""
    namespace, family, hook = DROPS[place]
    chain = f"chain drops {{ type filter {hook} priority 0; tcp dport {PORT} tcp flags & psh == psh counter drop; }}"
    inside(namespace, "nft", "-f", "-", given=f"table {family} lost {{ {chain}; }}\n")
    sock.sendall(b"again")
    deadline_s = time.monotonic() + DEADLINE_S
    while "packets 0 " in inside(namespace, "nft", "list", "table", family, "lost"):
        if time.monotonic() > deadline_s:
            sys.exit("nothing was dropped")
        time.sleep(0.01)
    inside(namespace, "nft", "delete", "table", family, "lost")
    receive(sock, 5)


def talk(what: str) -> None:
    """Be the client."""
    enter("client")
    with socket.create_connection((SERVER, PORT), DEADLINE_S) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(b"first")
        receive(sock, 5)
        if what in DROPS:
            lose(sock, what)
        elif what == "slow":
            sock.sendall(bytes(8_000))
            receive(sock, 8_000)
        else:
            threading.Thread(target=sock.sendall, args=(bytes(262_144),)).start()
            receive(sock, 262_144)
        sock.shutdown(socket.SHUT_WR)
        if sock.recv(1):
            sys.exit("more came back than was sent")
    with socket.socket(type=socket.SOCK_DGRAM) as last:
        last.sendto(b"the end", (SERVER, SENTINEL))


def main(what: str, folder: str) -> None:
    """Play it; exit with a message where a point has dropped packets."""
    build()
    if what in SHAPES:
        inside("host1", "tc", "qdisc", "add", "dev", "outer", "root", "tbf", *SHAPES[what])
    points = [Point(name, Path(folder)) for name in POINTS]
    for point in points:
        point.start()
        point.ready.wait(DEADLINE_S)
    is_listening = threading.Event()
    threading.Thread(target=serve, args=(is_listening,), daemon=True).start()
    is_listening.wait(DEADLINE_S)
    talk(what)
    for point in points:
        point.join(DEADLINE_S)
    if any(point.drops for point in points):
        sys.exit(f"the points have dropped packets: {[point.drops for point in points]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
