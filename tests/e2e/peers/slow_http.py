"""HTTP requests that never end, a byte at a time, on so many connections at once: HOST COUNT."""

import json
import selectors
import socket
import sys
import time

_INTERVAL_S = 0.2


def main(host: str, count: int) -> None:
    """Print `open` when all are; then, when the server has ended the last of them, how many it has ended."""
    selector = selectors.DefaultSelector()
    for _ in range(count):
        sock = socket.create_connection((host, 8000), timeout=60)
        sock.sendall(b"GET / HTTP/1.1\r\nX: ")
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    ended = 0
    while ended < count:
        for key in list(selector.get_map().values()):
            if not _goes_on(key.fileobj):  # type: ignore[arg-type]
                selector.unregister(key.fileobj)
                ended += 1
        time.sleep(_INTERVAL_S)
    sys.stdout.write(json.dumps({"ended": ended}) + "\n")


def _goes_on(sock: socket.socket) -> bool:
    """Send another byte; tell whether the server still listens."""
    try:
        sock.send(b"x")
        return sock.recv(4096) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
