"""What the connections carry: each stream can be computed at any offset, so that every byte can be verified."""

import os
import socket
import struct
from collections.abc import Callable

from services.client.load.settings import LoadSettings
from services.client.seeded import PERIOD_BYTES, seeded

_MSG_MORE = int(socket.MSG_MORE)  # what follows goes into the same segment

# Connection and number of a message, at its beginning.
_HEADER = struct.Struct(">QQ")

# From this size on, the part that all messages share is sent from a file: that saves copying it, and costs a second
# system call. Measured with 50 connections, CPU a message, from memory and from the file: 14.5 and 16.0 us at 16 KiB,
# 15.9 and 15.3 us at 32 KiB, 36.7 and 26.4 us at 64 KiB.
_SENT_FROM_FILE_BYTES = 32_768

# At most so much is taken from a socket, or built, at once.
CHUNK_BYTES = 262_144


class Messages:
    """Message n of connection c is `header(c, n)`, followed by a body that all messages share.

    Random messages of 16 bytes and more have their connection and number as header. Smaller ones have no room for it:
    they are a piece of a known stream, which begins elsewhere for each connection. A text has neither.
    """

    def __init__(self, size: int, text: bytes | None = None) -> None:
        self.size = size if text is None else len(text)
        self.header: Callable[[int, int], bytes]
        if text is not None:
            self.header, self.header_bytes, block = _write_no_header, 0, text
        elif size >= _HEADER.size:
            self.header, self.header_bytes = _HEADER.pack, _HEADER.size
            block = seeded(min(size, PERIOD_BYTES))
        else:
            self.header, self.header_bytes, block = self._piece, size, seeded(PERIOD_BYTES)
        self._period = len(block)
        body_bytes = self.size - self.header_bytes
        # The period is followed by its own beginning, so that a piece starting anywhere in it is contiguous.
        self._block = block + block[: min(self.size, CHUNK_BYTES)]
        self.is_built = self.size < _SENT_FROM_FILE_BYTES
        # The body, where it is small enough to be handled at once.
        self.has_tail = body_bytes <= CHUNK_BYTES
        self.tail = block[:body_bytes] if self.has_tail else b""
        self._file = -1
        if not self.is_built:
            self._file = os.memfd_create("message")
            os.truncate(self._file, len(self._block))
            os.pwrite(self._file, self._block, 0)

    def close(self) -> None:
        """Give the file back."""
        if self._file >= 0:
            os.close(self._file)

    def read(self, connection: int, offset: int, count: int) -> bytes:
        """Return up to `count` bytes, at least one, of a connection's stream from `offset`."""
        number, start = divmod(offset, self.size)
        count = min(count, CHUNK_BYTES)
        if self.is_built:
            numbers = range(number, (offset + count - 1) // self.size + 1)
            built = [self.header(connection, n) + self.tail for n in numbers]
            return b"".join(built)[start : start + count]
        head = self.header(connection, number)[start : start + count]
        at = max(0, start - self.header_bytes) % self._period
        return head + self._block[at : at + min(count, self.size - start) - len(head)]

    def matches(self, connection: int, offset: int, data: bytes) -> bool:
        """Tell whether `data` is what this connection's stream holds from `offset` on."""
        if self.has_tail and len(data) == self.size and offset % self.size == 0:
            # A whole message is compared in place: building the expected one would cost a copy.
            header = self.header(connection, offset // self.size)
            return data.startswith(header) and data.endswith(self.tail)
        at = 0
        while at < len(data):
            expected = self.read(connection, offset + at, len(data) - at)
            if data[at : at + len(expected)] != expected:
                return False
            at += len(expected)
        return True

    def send(self, sock: socket.socket, connection: int, offset: int, end: int) -> int:
        """Hand the kernel some of the stream from `offset`, not beyond `end`; return how much. Raises OSError."""
        if self.is_built:
            return sock.send(self.read(connection, offset, end - offset))
        number, start = divmod(offset, self.size)
        if start < self.header_bytes:
            return sock.send(self.header(connection, number)[start:], _MSG_MORE)
        at = (start - self.header_bytes) % self._period
        return os.sendfile(sock.fileno(), self._file, at, min(self.size - start, len(self._block) - at))

    def send_whole(self, send: Callable[[bytes, int], int], fd: int, header: bytes) -> int:
        """Hand the kernel a message that is sent from the file, from its beginning; return how much it took."""
        sent = send(header, _MSG_MORE) if header else 0
        if sent == self.header_bytes:
            try:  # noqa: SIM105 - suppress() would cost 0.3 us a message
                sent += os.sendfile(fd, self._file, 0, self.size - sent)
            except BlockingIOError:
                pass
        return sent

    def _piece(self, connection: int, number: int) -> bytes:
        # Connections begin a prime number of bytes apart, so that the streams of any two differ.
        at = (connection * 7919 + number * self.size) % self._period
        return self._block[at : at + self.size]


def _write_no_header(_: int, __: int) -> bytes:
    return b""


def messages_of(settings: LoadSettings) -> Messages:
    """Return what these settings ask to send; raise OSError where the file cannot be read."""
    if settings.file is not None:
        return Messages(0, settings.file.read_bytes())
    return Messages(settings.size_bytes, None if settings.message is None else settings.message.encode())
