"""A connection echoed by copying, call by call, so that its calls can be reported: recv into a buffer, send from it."""

import select

from services.server.admission import HANDLED
from services.server.splicing import TURN_BYTES
from shared.calls import WatchedSocket


class Copying:
    """A watched socket and what is owed to its peer: the same promises as the spliced path, at twice the cost.

    It never reads while bytes are owed: memory stays bounded, TCP's window slows the peer, and the peer's FIN is only
    seen when everything before it has been echoed.
    """

    def __init__(self, sock: WatchedSocket) -> None:
        self.sock = sock
        self.events = HANDLED
        self.received_bytes = 0
        self.sent_bytes = 0
        self._owed = memoryview(b"")

    def advance(self, buffer: memoryview) -> int:
        """Take one turn: send what is owed, or read once into the shared `buffer` and echo that.

        Returns the epoll events to wait for next, 0 when the peer is done and everything was echoed. Raises
        BlockingIOError when there was nothing to do, another OSError when the connection is lost.
        """
        if not self._owed:
            count = self.sock.recv_into(buffer[:TURN_BYTES])
            if count == 0:
                return 0
            self.received_bytes += count
            sent = self._send(buffer[:count])
            if sent < count:
                # The shared buffer serves the next connection: what is left becomes this one's own.
                self._owed = memoryview(bytes(buffer[sent:count]))
        else:
            self._owed = self._owed[self._send(self._owed) :]
        return select.EPOLLOUT if self._owed else HANDLED

    def _send(self, data: memoryview) -> int:
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            return 0
        self.sent_bytes += sent
        return sent
