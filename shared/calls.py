"""A socket call as a fact: the record, its reporter, and a socket whose calls are reported."""

import errno
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:  # a process that only reads records has no log, and starts in half the time without structlog
    from shared.log import Log

T = TypeVar("T")

# RFC 9293's names (3.3.2) for the kernel's numbers (include/net/tcp_states.h); 12 is Linux's request socket.
TCP_STATES = {
    1: "ESTABLISHED",
    2: "SYN-SENT",
    3: "SYN-RECEIVED",
    4: "FIN-WAIT-1",
    5: "FIN-WAIT-2",
    6: "TIME-WAIT",
    7: "CLOSED",
    8: "CLOSE-WAIT",
    9: "LAST-ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN-RECEIVED",
}

# The log's event for each call: a noun and what happened to it.
_EVENTS = {
    "socket": "socket_created",
    "bind": "address_bound",
    "listen": "listening_started",
    "connect": "connection_established",
    "accept": "connection_accepted",
    "recv": "bytes_received",
    "send": "bytes_sent",
    "shutdown": "sending_finished",
    "dup": "descriptor_copied",
    "close": "socket_closed",
}
CALLS = frozenset(_EVENTS)  # any other is reported as the one whose kind it is


@dataclass(frozen=True, slots=True)
class Call:
    """One socket call: its fields are the JSON contract, in this order.

    `t0_ns`/`t1_ns` are CLOCK_REALTIME just before and after it, `mono_ns` CLOCK_MONOTONIC just before it. `offset` is
    the stream offset of its first byte. `errno` is symbolic or None; `tcp_state` is what TCP_INFO said right after.
    The last three are absent from the JSON where they are None: a traced call may have ended `slack_ns` later than
    `t1_ns`; `program` made it; `syscall` is what the program called, where `call` names the family (`sendmsg`: `send`).
    """

    service: str
    host: str
    pid: int
    fd: int
    call: str
    t0_ns: int
    t1_ns: int
    mono_ns: int
    local: str | None
    peer: str | None
    bytes: int | None
    offset: int | None
    errno: str | None
    tcp_state: str | None
    slack_ns: int | None = None
    program: str | None = None
    syscall: str | None = None

    @property
    def latest_ns(self) -> int:
        """When it had returned at the latest."""
        return self.t1_ns + (self.slack_ns or 0)

    @property
    def event(self) -> str:
        """What the log calls it."""
        if self.errno is not None:
            return "call_failed"
        if self.call == "recv" and self.bytes == 0:
            return "peer_finished"
        return _EVENTS[self.call]


_NAMES = tuple(field.name for field in fields(Call))
_OPTIONAL = frozenset(field.name for field in fields(Call) if field.default is None)


def as_record(call: Call) -> dict[str, Any]:
    """Return a call as its JSON object has it."""
    return {name: value for name in _NAMES if (value := getattr(call, name)) is not None or name not in _OPTIONAL}


# A function that takes a call; it returns True when it wants no more calls of that socket.
Report: TypeAlias = Callable[[Call], bool | None]


def log_calls(log: "Log") -> Report:
    """Return a reporter that logs each call at debug."""
    return lambda call: log.debug(call.event, **as_record(call))


def address(sockaddr: Any) -> str:
    """Return `ip:port` (`[ip]:port` for IPv6); an IPv4 peer of a dual-stack socket is shown as IPv4."""
    host, port = sockaddr[0].removeprefix("::ffff:"), sockaddr[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class WatchedSocket:
    """A socket that reports each of its calls for as long as its reporter wants them.

    A call that would block did nothing and is not reported.
    """

    def __init__(self, sock: socket.socket, service: str, report: Report) -> None:
        self._sock = sock
        self._service = service
        self._report: Report | None = report
        self._host = socket.gethostname()
        self._local: str | None = None
        self.peer: str | None = None
        self._learn_addresses()
        self._received = self._sent = 0
        # Calls that cause nothing on the wire are passed on unreported.
        self.fileno, self.setblocking, self.settimeout = sock.fileno, sock.setblocking, sock.settimeout
        self.detach, self.setsockopt = sock.detach, sock.setsockopt

    @property
    def is_watched(self) -> bool:
        """Whether the next call will be reported."""
        return self._report is not None

    def bind(self, sockaddr: Any, /) -> None:
        """Bind to an address."""
        self.observe("bind", lambda: self._sock.bind(sockaddr))

    def listen(self, backlog: int, /) -> None:
        """Start to listen."""
        self.observe("listen", lambda: self._sock.listen(backlog))

    def connect(self, sockaddr: Any, /) -> None:
        """Connect, and learn both addresses."""
        self.peer = address(sockaddr)
        self.observe("connect", lambda: self._sock.connect(sockaddr))

    def recv_into(self, buffer: memoryview, /) -> int:
        """Receive into `buffer`; 0 is the peer's end."""
        count = self.observe("recv", lambda: self._sock.recv_into(buffer), int, self._received)
        self._received += count
        return count

    def recv(self, size: int, /) -> bytes:
        """Receive up to `size` bytes; none is the peer's end."""
        data = self.observe("recv", lambda: self._sock.recv(size), len, self._received)
        self._received += len(data)
        return data

    def send(self, data: "bytes | memoryview", /) -> int:
        """Send what the kernel takes, and return how much that was."""
        count = self.observe("send", lambda: self._sock.send(data), int, self._sent)
        self._sent += count
        return count

    def shutdown(self, how: int, /) -> None:
        """Shut down one direction or both."""
        self.observe("shutdown", lambda: self._sock.shutdown(how))

    def close(self) -> None:
        """Close; the record carries the descriptor that it was."""
        self.observe("close", self._sock.close)

    def observe(
        self, call: str, do: Callable[[], T], size: Callable[[T], int] | None = None, offset: int | None = None
    ) -> T:
        """Do one call and report it; `size` tells the bytes moved from its result."""
        if self._report is None:
            return do()
        fd = self._sock.fileno()
        mono_ns, t0_ns = time.monotonic_ns(), time.time_ns()
        try:
            result = do()
        except BlockingIOError:
            raise
        except OSError as error:
            t1_ns = time.time_ns()
            # The time-out of the socket object, not of the kernel, has no number.
            name = errno.errorcode.get(error.errno or errno.ETIMEDOUT, type(error).__name__)
            self.record(call, (t0_ns, t1_ns, mono_ns), fd, offset=offset, failure=name)
            raise
        t1_ns = time.time_ns()
        self.record(call, (t0_ns, t1_ns, mono_ns), fd, offset=offset, count=size(result) if size else None)
        return result

    def record(
        self,
        call: str,
        times_ns: tuple[int, int, int],
        fd: int,
        *,
        count: int | None = None,
        offset: int | None = None,
        failure: str | None = None,
    ) -> None:
        """Report one call: `times_ns` are t0, t1 and mono."""
        if self._report is None:
            return
        if self._local is None or call == "connect":
            self._learn_addresses()
        who = self._service, self._host, os.getpid(), fd
        state = tcp_state(self._sock)
        if self._report(Call(*who, call, *times_ns, self._local, self.peer, count, offset, failure, state)):
            self._report = None

    def _learn_addresses(self) -> None:
        try:
            sockaddr = self._sock.getsockname()
            # An unbound socket is "0.0.0.0:0": no address yet.
            self._local = address(sockaddr) if sockaddr[1] else None
            self.peer = address(self._sock.getpeername())
        except OSError:
            pass  # not connected, or closed: what is known stays


# An echo can use either kind of connected socket.
StreamSocket: TypeAlias = socket.socket | WatchedSocket


def accept(listener: socket.socket, service: str, begin: Callable[[str], Report]) -> tuple[WatchedSocket, Any]:
    """Accept a connection; `begin` gives the reporter for its peer. The record carries both of its addresses."""
    mono_ns, t0_ns = time.monotonic_ns(), time.time_ns()
    sock, sockaddr = listener.accept()
    t1_ns = time.time_ns()
    watched = WatchedSocket(sock, service, begin(address(sockaddr)))
    watched.record("accept", (t0_ns, t1_ns, mono_ns), sock.fileno())
    return watched, sockaddr


def tcp_state(sock: socket.socket) -> str | None:
    """Return RFC 9293's name of the socket's state, or None where there is none (closed)."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    except OSError:
        return None
    return TCP_STATES.get(info[0])
