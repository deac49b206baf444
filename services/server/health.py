"""The health check: one real echo. It imports the standard library alone, because it runs every few seconds."""

import os
import socket
import sys

_TIMEOUT_S = 2.0
_ANY = {"::": "localhost", "0.0.0.0": "127.0.0.1", "": "localhost"}  # noqa: S104 - compared with, not bound to


def probe(host: str, port: int, timeout_s: float = _TIMEOUT_S) -> bool:
    """Tell whether the server echoes and finishes, each step within `timeout_s`; an any-address means this host."""
    message = os.urandom(8)
    try:
        with socket.create_connection((_ANY.get(host, host), port), timeout=timeout_s) as sock:
            sock.sendall(message)
            sock.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := sock.recv(64):
                received += chunk
    except OSError:
        return False
    return received == message


if __name__ == "__main__":
    sys.exit(0 if probe(os.environ.get("ECHO_HOST") or "localhost", int(os.environ.get("ECHO_PORT") or 5000)) else 1)
