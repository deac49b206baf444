"""The loop's fast path for large messages: header and body are compared and sent separately, never joined."""

import time
from collections.abc import Callable

from services.client.load.connections.connection import Connection
from services.client.load.connections.pool import Pool
from services.client.load.messages import CHUNK_BYTES, Messages


class LargeMessages:
    """Receives into one buffer for all connections, which saves allocating memory for each message.

    `take_back(connection, data)` goes on with what is not a whole message, `send_rest(connection, sent_bytes)` with
    what the kernel has not taken whole.
    """

    def __init__(
        self,
        pool: Pool,
        messages: Messages,
        take_back: Callable[[Connection, bytes], None],
        send_rest: Callable[[Connection, int], None],
    ) -> None:
        self._pool = pool
        self._messages = messages
        self._take_back = take_back
        self._send_rest = send_rest
        self._received = bytearray(0 if messages.is_built else min(messages.size, CHUNK_BYTES))

    def take(self, connection: Connection) -> None:
        """Verify an echo and send the next message. Raises OSError."""
        messages, received = self._messages, self._received
        count = connection.sock.recv_into(received)
        # startswith() and endswith() compare in place, with memcmp.
        if count != messages.size or not (
            received.startswith(connection.expected) and received.endswith(messages.tail)
        ):
            self._take_back(connection, bytes(received[:count]))
            return
        now_ns = time.monotonic_ns()
        self._pool.recording.latency_ns.append(now_ns - connection.sent_ns)
        connection.sent_ns = now_ns
        number = connection.begun
        connection.begun = number + 1
        connection.expected = messages.header(connection.number, number)
        sent = messages.send_whole(connection.send, connection.fd, connection.expected)
        if sent != messages.size:
            self._send_rest(connection, sent)
