"""One connection: how many of its messages were begun, and how many bytes of its stream were sent and verified."""

import array
import fcntl
import socket
import termios
from collections import deque

from services.client.load.messages import CHUNK_BYTES, Messages
from services.client.load.results.recording import Recording
from shared.sockets import reset_on_close

# A larger SO_RCVLOWAT makes the kernel enlarge the receive buffer; older kernels then also fix the window to it.
MAX_LOW_WATER_BYTES = 65_536


class Connection:
    """A connected non-blocking socket, and how far its messages have got.

    While the connection is on the loop's fast path the loop itself keeps `begun`, `sent_ns` and `expected`, and nothing
    else; `settle()` brings the other fields up to date.
    """

    __slots__ = (
        "begun",  # messages begun: the next one has this number
        "counted_sent_bytes",  # of `sent_bytes`, what account() has already added to a recording
        "counted_verified_bytes",  # of `verified_bytes`, likewise
        "expected",  # fast path: the bytes that the message in flight has to bring back (its header, if it is large)
        "fd",  # the socket's descriptor
        "first",  # its message n is message `first + n` of its slot in this phase; negative: of an earlier phase
        "index",  # of the slot that it serves
        "is_blocked",  # the kernel took less than was to be sent: EPOLLOUT tells when it has room again
        "low_water",  # SO_RCVLOWAT as it is set: epoll reports the socket from so many bytes on
        "messages",  # what the messages look like
        "number",  # of the connection, written into its messages
        "progress_ns",  # when a byte last came back, or when a message was begun with none in flight
        "recv",  # the socket's bound method: it saves a look-up on the fast path
        "seen",  # messages begun, and bytes in the kernel's receive queue, when progress was last looked for
        "send",  # likewise
        "sent_bytes",  # how many bytes of its stream the kernel has taken
        "sent_ns",  # fast path: when the message in flight was sent
        "sock",  # the socket
        "stamps_ns",  # when each message in flight was begun, the oldest first
        "verified_bytes",  # how many bytes of its stream came back right
    )

    def __init__(self, sock: socket.socket, number: int, index: int, messages: Messages, *, pipelined: bool) -> None:
        self.sock = sock
        self.recv, self.send, self.fd = sock.recv, sock.send, sock.fileno()
        self.number = number
        self.index = index
        self.first = 0
        self.messages = messages
        self.begun = 0
        self.sent_bytes = 0
        self.verified_bytes = 0
        self.is_blocked = False
        self.progress_ns = 0
        self.sent_ns = 0
        self.expected = b""
        self.seen = 0, 0
        self.stamps_ns: deque[int] = deque()
        self.counted_sent_bytes = 0
        self.counted_verified_bytes = 0
        self.low_water = 1
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not pipelined and messages.size <= MAX_LOW_WATER_BYTES:
            # The kernel reports the socket only when a whole message is there: one event and one recv() for each
            # message, not for each piece. A FIN or a reset is reported at any time.
            self._set_low_water(messages.size)

    @property
    def in_flight(self) -> int:
        """Messages begun and not verified."""
        return self.begun - self.verified_bytes // self.messages.size

    @property
    def awaited_bytes(self) -> int:
        """Bytes that were sent and have not come back."""
        return self.sent_bytes - self.verified_bytes

    def begin(self, now_ns: int) -> None:
        """Take one more message in flight; flush() sends it."""
        if self.begun * self.messages.size == self.verified_bytes:
            self.progress_ns = now_ns  # the first to be waited for
        self.begun += 1
        self.stamps_ns.append(now_ns)

    def flush(self) -> None:
        """Send what was begun, until all is sent or the kernel has no room (`is_blocked`); raise OSError if lost."""
        end = self.begun * self.messages.size
        self.is_blocked = False
        while self.sent_bytes < end:
            try:
                self.sent_bytes += self.messages.send(self.sock, self.number, self.sent_bytes, end)
            except BlockingIOError:
                self.is_blocked = True
                return

    def receive(self) -> bytes:
        """Read once and return what came, for take() to check. Raises OSError."""
        # Never more than is awaited: one message is one read. Where nothing is, a byte tells a fault from the FIN.
        return self.recv(min(self.awaited_bytes or 1, CHUNK_BYTES))

    def take(self, data: bytes) -> bool:
        """Verify what was read, and count it if it is right; tell whether it is."""
        if len(data) > self.awaited_bytes or not self.messages.matches(self.number, self.verified_bytes, data):
            return False
        self.verified_bytes += len(data)
        if self.verified_bytes % self.messages.size:
            self._set_low_water(1)  # the rest of a message is less than a message
        return True

    def settle(self) -> None:
        """Bring all fields up to date from the fast path's `begun` and `sent_ns`: it has one message in flight."""
        self.sent_bytes = self.begun * self.messages.size
        self.verified_bytes = self.sent_bytes - self.messages.size
        self.stamps_ns = deque([self.sent_ns])
        self.progress_ns = self.sent_ns

    def is_stuck(self, now_ns: int, timeout_ns: int) -> bool:
        """Tell whether no byte has come for so long; bytes in the kernel's receive queue count as progress.

        With SO_RCVLOWAT part of a message waits there unreported; and after a stall this runs before sockets are read.
        """
        waited_ns = now_ns - max(self.sent_ns, self.progress_ns)
        if waited_ns < timeout_ns // 2:
            return False
        seen = self.begun, _unread_bytes(self.sock)
        if seen != self.seen and seen[1]:
            self.seen, self.progress_ns = seen, now_ns
            return False
        return waited_ns > timeout_ns

    def finish(self) -> None:
        """Half-close, and have every byte reported that still comes; raise OSError if the connection is lost."""
        self._set_low_water(1)
        self.sock.shutdown(socket.SHUT_WR)

    def account(self, recording: Recording) -> None:
        """Add to the recording what was sent and verified since the last time."""
        size = self.messages.size
        recording.bytes_sent += self.sent_bytes - self.counted_sent_bytes
        recording.messages_sent += self.sent_bytes // size - self.counted_sent_bytes // size
        recording.bytes_verified += self.verified_bytes - self.counted_verified_bytes
        self.counted_sent_bytes, self.counted_verified_bytes = self.sent_bytes, self.verified_bytes

    def close(self, *, reset: bool) -> None:
        """Close the socket; `reset` it where the peer has not finished."""
        if reset:
            reset_on_close(self.sock)  # a peer that does not finish is not waited for any more
        self.sock.close()

    def _set_low_water(self, count: int) -> None:
        if count == self.low_water:
            return
        self.low_water = count
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)


def _unread_bytes(sock: socket.socket) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(sock, termios.FIONREAD, count)  # SIOCINQ, tcp(7)
    return count[0]
