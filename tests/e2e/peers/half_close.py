"""A peer that sends everything, finishes sending, and only then reads: HOST SIZE_BYTES."""

import os
import socket
import sys


def main(host: str, size_bytes: int) -> None:
    """Exit with a message unless all that was sent comes back, and then the end; it must fit the socket buffers."""
    payload = os.urandom(size_bytes)
    with socket.create_connection((host, 5000), timeout=60) as sock:
        sock.sendall(payload)
        sock.shutdown(socket.SHUT_WR)
        with sock.makefile("rb") as stream:
            received = stream.read()
    if received != payload:
        sys.exit(f"{len(received)} bytes of {size_bytes} came back, or other ones")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
