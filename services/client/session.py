"""One session on a connected socket: send and receive at once, verify every byte, half-close, read to the end."""

import select
import socket

from services.client.errors import ClosedEarly, EchoMismatch, Reset, SurplusBytes, TimedOut
from services.client.payload import Payload
from shared.calls import StreamSocket

_CHUNK_BYTES = 65_536


class Session:
    """An exchange; `sent` and `verified` count bytes, and are right at any moment, also after an error."""

    def __init__(self, sock: StreamSocket, payload: Payload, timeout_s: float) -> None:
        self._sock = sock
        self._payload = payload
        self._timeout_s = timeout_s
        self._poll = select.poll()
        self.sent = 0
        self.verified = 0

    def run(self) -> None:
        """Bring every byte back and see the peer finish; raise a SessionError where that fails."""
        self._sock.setblocking(False)
        try:
            self._exchange()
            self._sock.shutdown(socket.SHUT_WR)
            self._expect_end()
        except (ConnectionResetError, BrokenPipeError) as error:
            raise Reset(f"the peer reset the connection ({error.strerror})", *self._progress) from None
        except OSError as error:
            raise Reset(f"the connection was lost ({error.strerror or error})", *self._progress) from None

    @property
    def _progress(self) -> tuple[int, int, int]:
        return self.sent, self.verified, self._payload.size

    def _exchange(self) -> None:
        # Both directions at once: a client that sends everything first deadlocks with any echo server as soon as
        # the four socket buffers between them are full.
        unsent = memoryview(b"")
        while self.verified < self._payload.size:
            if not unsent and self.sent < self._payload.size:
                unsent = memoryview(self._payload.read(self.sent, _CHUNK_BYTES))
            events = self._wait(select.POLLIN | (select.POLLOUT if unsent else 0))
            if events & select.POLLOUT:
                count = self._sock.send(unsent)
                self.sent += count
                unsent = unsent[count:]
            if events & ~select.POLLOUT:
                self._verify(self._sock.recv(_CHUNK_BYTES))

    def _verify(self, received: bytes) -> None:
        if not received:
            raise ClosedEarly("the peer finished early", *self._progress)
        expected = self._payload.read(self.verified, len(received))
        while len(expected) < len(received) and self.verified + len(expected) < self._payload.size:
            expected += self._payload.read(self.verified + len(expected), len(received) - len(expected))
        if received != expected:
            self._explain(received, expected)
        self.verified += len(received)
        if self.verified > self.sent:  # right bytes, but before they were sent: it cannot be an echo
            raise SurplusBytes(self.sent, received[-(self.verified - self.sent) :][:16])

    def _explain(self, received: bytes, expected: bytes) -> None:
        pairs = enumerate(zip(received, expected, strict=False))
        at = next((i for i, (got, sent) in pairs if got != sent), len(expected))
        self.verified += at
        if at == len(expected):
            raise SurplusBytes(self._payload.size, received[at : at + 16])
        self._payload.verify_unchanged(self.verified)
        raise EchoMismatch(self.verified, expected[at : at + 16], received[at : at + 16])

    def _expect_end(self) -> None:
        self._wait(select.POLLIN)
        if surplus := self._sock.recv(16):
            raise SurplusBytes(self._payload.size, surplus)

    def _wait(self, events: int) -> int:
        self._poll.register(self._sock.fileno(), events)
        ready = self._poll.poll(self._timeout_s * 1000)
        if not ready:
            raise TimedOut(f"no progress for {self._timeout_s:g} s", *self._progress)
        return ready[0][1]
