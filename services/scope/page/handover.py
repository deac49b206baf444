"""From the live loop to the page's process: conversations that are over, through a socket that never holds up the loop.

Conversations that do not fit are counted and not sent: a slow page costs the scope no packet and no record.
"""

import asyncio
import pickle
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.scope.model import Conversation

_length = struct.Struct("=I")

# What waits for the page's process; more is passed over until it has caught up.
MAX_WAITING_BYTES = 2_097_152

# A conversation with all that is kept of it has less than one MiB. The writer is ours; this bounds a mistake.
MAX_MESSAGE_BYTES = 67_108_864


@dataclass(frozen=True, slots=True)
class Handed:
    """A conversation that is over, with records of its packets, and how many were passed over before it."""

    conversation: Conversation
    packets: dict[int, bytes]  # records (shared.pcap), by the index of their segment
    passed_over: int


class Sender:
    """The loop's end of a socket pair; `passed_over` counts conversations that were not sent so far."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.passed_over = 0
        self._sock = sock
        self._waiting = bytearray()

    @property
    def waits(self) -> bool:
        """Whether anything waits for the kernel to take it."""
        return bool(self._waiting)

    def offer(self, conversation: Conversation, packets: dict[int, bytes]) -> None:
        """Send one, unless too much waits already. Raises OSError where nobody is there any more."""
        if len(self._waiting) > MAX_WAITING_BYTES:
            self.passed_over += 1
            self.flush()
            return
        message = pickle.dumps(Handed(conversation, packets, self.passed_over), pickle.HIGHEST_PROTOCOL)
        self._waiting += _length.pack(len(message)) + message
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the kernel takes it. Raises OSError where nobody is there any more."""
        while self._waiting:
            try:
                sent = self._sock.send(self._waiting)
            except BlockingIOError:
                return
            del self._waiting[:sent]


async def receive(sock: socket.socket) -> AsyncIterator[Handed]:
    """Give what a Sender sends, until it is gone."""
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        while True:
            (length,) = _length.unpack(await reader.readexactly(_length.size))
            if length > MAX_MESSAGE_BYTES:
                return
            # Only this process's parent holds the other end.
            handed = pickle.loads(await reader.readexactly(length))  # noqa: S301
            if isinstance(handed, Handed):
                yield handed
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()
