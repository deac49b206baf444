"""A peer that gets one echo, then keeps its connection open in silence until the server has finished: HOST."""

import socket
import sys


def main(host: str) -> None:
    """Print `open` after the echo; exit with a message if anything but the server's FIN comes then."""
    with socket.create_connection((host, 5000), timeout=300) as sock:
        sock.sendall(b"x")
        if sock.recv(1) != b"x":
            sys.exit("no echo")
        sys.stdout.write("open\n")
        sys.stdout.flush()
        if sock.recv(1):
            sys.exit("more than was sent")


if __name__ == "__main__":
    main(sys.argv[1])
