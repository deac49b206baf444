"""Connections that get one echo each, are held in silence until SIGTERM, and then get another: HOST COUNT."""

import json
import signal
import socket
import sys

_DEADLINE_S = 120.0


def connect(host: str) -> socket.socket | None:
    """Connect, and send a byte, whose echo may have to wait for a slot; None where the server was quick to refuse."""
    try:
        sock = socket.create_connection((host, 5000), timeout=_DEADLINE_S)
        sock.sendall(b"x")
    except (ConnectionResetError, BrokenPipeError):
        return None
    return sock


def served(sock: socket.socket) -> bool:
    """Tell whether the byte comes back."""
    try:
        return sock.recv(1) == b"x"
    except ConnectionResetError:
        return False


def finished(sock: socket.socket) -> bool:
    """Tell whether the connection still echoes, and then ends as it should."""
    try:
        sock.sendall(b"y")
        if sock.recv(1) != b"y":
            return False
        sock.shutdown(socket.SHUT_WR)
        return sock.recv(1) == b""
    except ConnectionError:
        return False


def main(host: str, count: int) -> None:
    """Print as JSON how many were served and how many refused, and at the end the ports of those that had died."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    host = socket.gethostbyname(host)
    crowd = [connect(host) for _ in range(count)]
    members = [sock for sock in crowd if sock and served(sock)]
    sys.stdout.write(json.dumps({"open": len(members), "refused": count - len(members)}) + "\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})
    dead = [sock for sock in members if not finished(sock)]
    ports = [sock.getsockname()[1] for sock in dead]
    sys.stdout.write(json.dumps({"echoed": len(members) - len(dead), "dead_ports": ports}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
