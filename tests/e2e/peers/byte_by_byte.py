"""A peer that sends one byte at a time, and waits for each: HOST COUNT [INTERVAL_S]."""

import socket
import sys
import time


def main(host: str, count: int, interval_s: float) -> None:
    """Exit with a message at the first byte that does not come back."""
    with socket.create_connection((host, 5000), timeout=60) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(count):
            time.sleep(interval_s)
            byte = bytes([number % 256])
            sock.sendall(byte)
            if sock.recv(1) != byte:
                sys.exit(f"byte {number} came back wrong")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if sys.argv[3:] else 0)
