"""One connection, echoed by copying: recv into a shared buffer, send from it."""

import select
import time

from shared.calls import StreamSocket

# What one turn reads at the most, and so what a connection whose peer does not read can hold: 10,000 of them hold
# 640 MB in the worst case, and a 64 KiB message is still taken in one call.
TURN_BYTES = 65_536


class Connection:
    """A peer's socket and what is owed to it.

    It never reads while bytes are owed: memory stays bounded, TCP's window slows the peer, and the peer's FIN is only
    seen when everything before it has been echoed.
    """

    __slots__ = ("_owed", "events", "opened_s", "peer", "progress_tick", "received_bytes", "sent_bytes", "sock")

    def __init__(self, sock: StreamSocket, peer: str, tick: int) -> None:
        self.sock = sock
        self.peer = peer
        self.opened_s = time.monotonic()
        self.progress_tick = tick
        self.events = select.EPOLLIN
        self.received_bytes = 0
        self.sent_bytes = 0
        self._owed = memoryview(b"")

    @property
    def is_whole(self) -> bool:
        """Every byte received has been handed to the kernel again."""
        return not self._owed

    def advance(self, buffer: memoryview) -> int:
        """Take one turn: send what is owed, or read once and echo that.

        Returns the epoll events to wait for next, 0 when the peer is done and everything was echoed. Raises
        BlockingIOError when there was nothing to do, another OSError when the connection is lost.
        """
        if not self._owed:
            count = self.sock.recv_into(buffer)
            if count == 0:
                return 0
            self.received_bytes += count
            sent = self._send(buffer[:count])
            if sent == count:
                return select.EPOLLIN
            # The shared buffer serves the next connection: what is left becomes this one's own.
            self._owed = memoryview(bytes(buffer[sent:count]))
        else:
            self._owed = self._owed[self._send(self._owed) :]
        return select.EPOLLOUT if self._owed else select.EPOLLIN

    def _send(self, data: memoryview) -> int:
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            return 0
        self.sent_bytes += sent
        return sent
