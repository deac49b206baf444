"""A connection echoed by copying, call by call, so that its calls can be reported: recv into a buffer, send from it.

Back-pressure is as on the spliced path: while the peer does not take its echo, nothing more is read from it.
"""

import select

from shared.calls import WatchedSocket

# "Readable" has two names, and the kernel reports the one asked for: spliced connections use the other one.
HANDLED = select.EPOLLRDNORM


class Copying:
    """A watched socket and what is not sent back yet: the same promises as the spliced path, at twice the cost.

    It never reads while bytes are unsent. So memory stays bounded, the receive window closes and the peer has to wait,
    and the peer's FIN is only seen when everything before it has been echoed. `events` is what epoll is to wait for.
    """

    def __init__(self, sock: WatchedSocket) -> None:
        self.sock = sock
        self.events = HANDLED
        self.is_finished = False
        self.received_bytes = 0
        self.sent_bytes = 0
        self._unsent = memoryview(b"")

    @property
    def can_be_spliced(self) -> bool:
        """Whether nobody wants its calls any more, and nothing is unsent: the fast path can go on from here."""
        return not self.sock.is_watched and not self._unsent

    def advance(self, buffer: memoryview) -> None:
        """Take one turn: send what is unsent, or read once into the shared `buffer` and echo that.

        Raises BlockingIOError when there was nothing to do, another OSError when the connection is lost.
        """
        if self._unsent:
            self._unsent = self._unsent[self._send(self._unsent) :]
        else:
            count = self.sock.recv_into(buffer)
            self.is_finished = count == 0
            self.received_bytes += count
            sent = self._send(buffer[:count]) if count else 0
            if sent < count:
                # The shared buffer serves the next connection: what is left becomes this one's own.
                self._unsent = memoryview(bytes(buffer[sent:count]))
        self.events = select.EPOLLOUT if self._unsent else HANDLED

    def _send(self, data: memoryview) -> int:
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            return 0
        self.sent_bytes += sent
        return sent
