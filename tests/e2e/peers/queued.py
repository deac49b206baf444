"""A peer with many connections that all wait in the accept queue, with a message on each: HOST COUNT."""

import socket
import sys

_TIMEOUT_S = 60


def main(host: str, count: int) -> None:
    """Print `queued` when all are connected and sent; exit with a message unless each gets its own message back."""
    connections = [socket.create_connection((host, 5000), timeout=_TIMEOUT_S) for _ in range(count)]
    for number, sock in enumerate(connections):
        sock.sendall(number.to_bytes(4))
        sock.shutdown(socket.SHUT_WR)
    sys.stdout.write("queued\n")
    sys.stdout.flush()
    for number, sock in enumerate(connections):
        with sock, sock.makefile("rb") as stream:
            if stream.read() != number.to_bytes(4):
                sys.exit(f"connection {number} of {count} was not echoed")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
