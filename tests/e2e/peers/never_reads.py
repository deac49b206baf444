"""Connections that send for as long as the kernel takes it, never read, and stay: HOST [COUNT [BUFFER_BYTES]]."""

import select
import signal
import socket
import sys

# No byte moves any more: an echo takes less than one, and a server on a busy machine may stand still for two seconds.
_STALLED_AFTER_MS = 4000


def connect(host: str, buffer_bytes: int) -> socket.socket:
    """Connect, with socket buffers of about this size; 0 leaves them to the kernel."""
    sock = socket.socket()
    if buffer_bytes:
        for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, buffer, buffer_bytes)
    sock.settimeout(60)
    sock.connect((host, 5000))
    sock.setblocking(False)
    return sock


def main(host: str, count: int = 1, buffer_bytes: int = 0) -> None:
    """Print how many bytes went out before everything stood still."""
    poll = select.poll()
    peers = {}
    for _ in range(count):
        sock = connect(host, buffer_bytes)
        peers[sock.fileno()] = sock
        poll.register(sock, select.POLLOUT)
    sent = 0
    while ready := poll.poll(_STALLED_AFTER_MS):
        for fd, _ in ready:
            sent += peers[fd].send(bytes(65_536))
    sys.stdout.write(f"{sent}\n")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
