"""The health check: one real echo. It imports hardly more than the standard library, as it runs often."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from services.server.probes import PROBE_HOST

_TIMEOUT_S = 2.0

# Ways to write "all addresses": the echo is then asked for on loopback.
_ALL = ("*", "::", "0.0.0.0", "")  # noqa: S104 - compared with, not bound to
_LISTEN = "0A"  # the state's number in /proc/net/tcp


def probe(host: str, port: int, timeout_s: float = _TIMEOUT_S) -> bool:
    """Tell whether the server echoes and finishes, each step within `timeout_s`; an any-address means this host."""
    message = os.urandom(8)
    host = host.removeprefix("[").removesuffix("]")
    try:
        host = "127.0.0.1" if host in _ALL else host
        source = (PROBE_HOST, 0) if host == "127.0.0.1" else None
        with socket.create_connection((host, port), timeout_s, source) as sock:
            sock.sendall(message)
            sock.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := sock.recv(64):
                received += chunk
    except OSError:
        return False
    return received == message


def listening(processes: str = "/proc", own: str = "/proc/self") -> set[tuple[str, int]]:
    """Return where the processes of this container listen, which also covers ports that were set by flags.

    Others may share its network namespace; theirs are left out.
    """
    inodes = set(_sockets(Path(processes)))
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        path = Path(own, "net", table)
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            _, local, _, state, *_, inode = line.split()[:10]
            if state == _LISTEN and inode in inodes:
                address, _, port = local.partition(":")
                found.add((_host(family, address), int(port, 16)))
    return found


def _sockets(processes: Path) -> Iterator[str]:
    for link in processes.glob("[0-9]*/fd/*"):
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(link))  # noqa: PTH115 - its text is no path
        except OSError:  # closed, or another user's
            continue
        if found:
            yield found[1]


def _host(family: socket.AddressFamily, address: str) -> str:
    """Decode an address of /proc/net/tcp: words of 32 bits, each in this machine's order of bytes."""
    words = [bytes.fromhex(address[at : at + 8]) for at in range(0, len(address), 8)]
    return socket.inet_ntop(family, b"".join(word[::-1] if sys.byteorder == "little" else word for word in words))


def is_healthy() -> bool:
    """Tell whether there is an echo where the server listens; /healthz and /metrics are asked last."""
    http = int(os.environ.get("ECHO_SERVER_HTTP_PORT") or 8000)
    return any(probe(*address) for address in sorted(listening(), key=lambda address: (address[1] == http, address)))


if __name__ == "__main__":
    sys.exit(0 if is_healthy() else 1)
