"""A peer that sends for as long as the kernel takes it, never reads, and stays: HOST."""

import select
import signal
import socket
import sys

_STALLED_AFTER_MS = 1000  # an echo takes less than one; then no byte moves any more


def main(host: str) -> None:
    """Print how many bytes went out before everything stood still."""
    with socket.create_connection((host, 5000), timeout=10) as sock:
        sock.setblocking(False)
        poll = select.poll()
        poll.register(sock, select.POLLOUT)
        sent = 0
        while poll.poll(_STALLED_AFTER_MS):
            sent += sock.send(bytes(65_536))
        sys.stdout.write(f"{sent}\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main(sys.argv[1])
