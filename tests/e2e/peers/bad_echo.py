"""An echo server on port 5000 that breaks the rule named by its argument, on every connection."""

import socket
import sys

_RST_ON_CLOSE = b"\1\0\0\0\0\0\0\0"  # struct linger: on, 0 s


def corrupt(sock: socket.socket) -> None:
    """Send everything back with byte 3 changed."""
    data = bytearray(sock.recv(65_536))
    data[3] ^= 0xFF
    sock.sendall(data)
    sock.recv(1)


def surplus(sock: socket.socket) -> None:
    """Send everything back, wait for the end, and add something."""
    sock.sendall(sock.recv(65_536))
    sock.recv(1)
    sock.sendall(b"more")


def truncate(sock: socket.socket) -> None:
    """Send all but the last byte back, then finish."""
    sock.sendall(sock.recv(65_536)[:-1])


def reset(sock: socket.socket) -> None:
    """Take everything, then reset."""
    sock.recv(65_536)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)


def silence(sock: socket.socket) -> None:
    """Take everything, and send nothing."""
    while sock.recv(65_536):
        pass


_RULES = {"corrupt": corrupt, "surplus": surplus, "truncate": truncate, "reset": reset, "silence": silence}


def main(rule: str) -> None:
    """Serve one connection after another until killed."""
    with socket.create_server(("", 5000)) as listener:
        while True:
            sock, _ = listener.accept()
            with sock:
                _RULES[rule](sock)


if __name__ == "__main__":
    main(sys.argv[1])
