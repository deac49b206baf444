"""An urgent byte whose segment overtakes the one before it, which somebody drops on its way: HOST."""

import socket
import sys

# Of a length by which a packet filter knows it.
LOST = bytes(100)


def main(host: str) -> None:
    """Print `sent`, then `echoed` when everything has come back; exit with a message otherwise."""
    with socket.create_connection((host, 5000), timeout=60) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(LOST)
        sock.send(b"!", socket.MSG_OOB)
        sys.stdout.write("sent\n")
        sys.stdout.flush()
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := sock.recv(4096):
            received += chunk
    if received != LOST + b"!":
        sys.exit(f"came back: {received!r}")
    sys.stdout.write("echoed\n")


if __name__ == "__main__":
    main(sys.argv[1])
