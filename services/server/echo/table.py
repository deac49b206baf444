"""What the loop knows of each open connection, by descriptor."""

import time
from array import array


class Table:
    """Parallel columns indexed by descriptor: small numbers that the kernel uses again, so no column has many holes.

    An object for each connection would cost several times the memory of an idle one, and a lookup for each message.
    """

    def __init__(self) -> None:
        self.peer: list[str | None] = []
        self.opened_s = array("d")
        self.received_bytes: list[int] = []
        self.progress_tick: list[int] = []
        self.open = 0

    def add(self, fd: int, peer: str, tick: int) -> None:
        """Begin an entry; the columns grow to the highest descriptor ever seen."""
        while fd >= len(self.peer):
            self.peer.append(None)
            self.opened_s.append(0)
            self.received_bytes.append(0)
            self.progress_tick.append(0)
        self.peer[fd] = peer
        self.opened_s[fd] = time.monotonic()
        self.received_bytes[fd] = 0
        self.progress_tick[fd] = tick
        self.open += 1

    def remove(self, fd: int) -> str:
        """End an entry and return its peer; its other columns stay readable until the descriptor is used again."""
        peer = self.peer[fd]
        if peer is None:
            raise KeyError(fd)
        self.peer[fd] = None
        self.open -= 1
        return peer

    def fds(self) -> list[int]:
        """Return the open descriptors; it looks at the whole table."""
        return [fd for fd, peer in enumerate(self.peer) if peer is not None]
