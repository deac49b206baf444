"""Sends finished conversations from the live loop to the page's process, through a socket on which it never waits.

Where the page is too slow, conversations are counted and not sent: it costs the scope no packet and no record.
"""

import asyncio
import pickle
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.scope.model import Conversation
from services.scope.page.system import System
from shared.load.second import LoadSecond
from shared.watch import PerSecond

_length = struct.Struct("=I")

# When more than this waits for the page's process, conversations are passed over until it has caught up.
MAX_WAITING_BYTES = 2_097_152

# A conversation with its packets has less than 1 MiB. Both ends are our own code; this is for a bug in it.
MAX_MESSAGE_BYTES = 67_108_864


@dataclass(frozen=True, slots=True)
class Handed:
    """A finished conversation, records of its packets, and how many conversations were passed over before it."""

    conversation: Conversation
    packets: dict[int, bytes]  # records (shared.pcap), by the index of their segment
    passed_over: int


class Sender:
    """The loop's end of a socket pair; `passed_over` counts the conversations that were not sent.

    Sending one takes 0.15 ms of the loop's time: of more than `most_per_s` in a second the others are passed over.
    """

    def __init__(self, sock: socket.socket, most_per_s: int = sys.maxsize) -> None:
        sock.setblocking(False)
        self.passed_over = 0
        self._allowance = PerSecond(most_per_s)
        self._sock = sock
        self._waiting = bytearray()

    @property
    def waits(self) -> bool:
        """Whether bytes wait that the kernel has not taken yet."""
        return bool(self._waiting)

    def offer(self, conversation: Conversation, packets: dict[int, bytes]) -> None:
        """Send a conversation, unless too much waits or too many came. Raises OSError if the page's process is gone."""
        if len(self._waiting) > MAX_WAITING_BYTES or not self._allowance.take(time.monotonic_ns()):
            self.passed_over += 1
            self.flush()
            return
        self._put(Handed(conversation, packets, self.passed_over))

    def offer_load(self, second: LoadSecond) -> None:
        """Send a second of a client's load, unless too much waits. Raises OSError if the page's process is gone.

        What is left out is seen: that second has fewer replicas.
        """
        if len(self._waiting) <= MAX_WAITING_BYTES:
            self._put(second)

    def _put(self, told: Handed | System | LoadSecond) -> None:
        message = pickle.dumps(told, pickle.HIGHEST_PROTOCOL)
        self._waiting += _length.pack(len(message)) + message
        self.flush()

    def tell(self, system: System) -> None:
        """Send how the whole system does, unless anything waits: a second later there is a newer one.

        Raises OSError if the page's process is gone.
        """
        self.flush()
        if not self._waiting:
            self._put(system)

    def flush(self) -> None:
        """Send what waits, as far as the kernel takes it. Raises OSError if the page's process is gone."""
        while self._waiting:
            try:
                sent = self._sock.send(self._waiting)
            except BlockingIOError:
                return
            del self._waiting[:sent]


async def receive(sock: socket.socket) -> AsyncIterator[Handed | System | LoadSecond]:
    """Give what a Sender sends, until its end of the socket is closed."""
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        while True:
            (length,) = _length.unpack(await reader.readexactly(_length.size))
            if length > MAX_MESSAGE_BYTES:
                return
            # Safe to unpickle: only this process's parent holds the other end.
            handed = pickle.loads(await reader.readexactly(length))  # noqa: S301
            if isinstance(handed, (Handed, System, LoadSecond)):
                yield handed
                # Reading what is there already waits for nothing: a browser would have to wait for all of it.
                await asyncio.sleep(0)
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()
