"""A client with several connections in one thread: non-blocking, told by epoll what it can do."""

import os
import selectors
import socket
import sys

COUNT, SIZE = 3, 100_000


class Talk:
    """One connection: what is still to be sent, and what has come back."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sent = self.left = os.urandom(SIZE)
        self.back = b""

    def goes_on(self, events: int) -> bool:
        """Do what can be done; tell whether there is more to do."""
        if events & selectors.EVENT_WRITE and self.left:
            self.left = self.left[self.sock.send(self.left) :]
        if events & selectors.EVENT_READ:
            self.back += self.sock.recv(SIZE)
        return len(self.back) < SIZE


def main() -> int:
    """Return how many connections got something else back."""
    failures = 0
    with selectors.DefaultSelector() as selector:
        for _ in range(COUNT):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex((sys.argv[1], 5000))
            selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE, Talk(sock))
        while selector.get_map():
            for key, events in selector.select():
                talk: Talk = key.data
                if not talk.goes_on(events):
                    if talk.back != talk.sent:
                        failures += 1
                    selector.unregister(talk.sock)
                    talk.sock.close()
                elif not talk.left:
                    selector.modify(talk.sock, selectors.EVENT_READ, talk)
    return failures


if __name__ == "__main__":
    sys.exit(main())
