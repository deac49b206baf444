"""Four threads of one process, each with a connection of its own, whose echoes it verifies."""

import os
import socket
import sys
import threading

SIZE = 100_000


def talk(failures: list[int], number: int) -> None:
    """Send on, and receive until all is back."""
    data = os.urandom(SIZE)
    with socket.create_connection((sys.argv[1], 5000), timeout=30) as sock:
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        back = b""
        while len(back) < SIZE and (piece := sock.recv(65_536)):
            back += piece
        sender.join()
    if back != data:
        failures.append(number)


def main() -> int:
    """Return how many threads got something else back."""
    failures: list[int] = []
    threads = [threading.Thread(target=talk, args=(failures, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(failures)


if __name__ == "__main__":
    sys.exit(main())
