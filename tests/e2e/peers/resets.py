"""Connections that are reset by their peer, one after another: HOST STAGE COUNT [INTERVAL_S]."""

import signal
import socket
import sys
import time
from collections.abc import Callable

_RST_ON_CLOSE = b"\1\0\0\0\0\0\0\0"  # struct linger: on, 0 s
_DEADLINE_S = 60.0

# Far more than the peer's receive buffer: whenever it resets, the server still owes it something.
_MESSAGE_BYTES = 100_000
_RECEIVE_BUFFER_BYTES = 4_096


def at_once(_: socket.socket) -> None:
    """Reset a connection on which nothing was sent."""


def mid_message(sock: socket.socket) -> None:
    """Reset when a part of the echo is back."""
    sock.sendall(bytes(_MESSAGE_BYTES))
    sock.recv(1_000)


def after_half_close(sock: socket.socket) -> None:
    """Reset after the FIN, with the echo under way."""
    sock.sendall(bytes(_MESSAGE_BYTES))
    sock.shutdown(socket.SHUT_WR)


STAGES: dict[str, Callable[[socket.socket], None]] = {
    "at_once": at_once,
    "mid_message": mid_message,
    "after_half_close": after_half_close,
}


def connect(host: str) -> socket.socket:
    """Connect, so that close() will send RST."""
    sock = socket.socket()
    sock.settimeout(_DEADLINE_S)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
    sock.connect((host, 5000))
    return sock


def main(host: str, stage: str, count: int, interval_s: float) -> None:
    """Reset each at its stage, or with `on_signal` all at once in mid-message, after `open` was printed."""
    host = socket.gethostbyname(host)
    if stage == "on_signal":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        crowd = [connect(host) for _ in range(count)]
        for sock in crowd:
            mid_message(sock)
        sys.stdout.write("open\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM})
        for sock in crowd:
            sock.close()
        return
    for _ in range(count):
        with connect(host) as sock:
            STAGES[stage](sock)
        time.sleep(interval_s)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]) if sys.argv[4:] else 0)
