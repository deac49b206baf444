"""From a host and a port to a connection: resolve, connect, and try again until the deadline."""

import contextlib
import errno
import random
import resource
import select
import socket
import time
from pathlib import Path

from services.client.connect.addresses import Address, Rota, resolve
from services.client.connect.racing import Race, Runner
from services.client.errors import ConnectError, ConnectTimedOut, Exhausted, Refused, Unreachable
from shared.calls import Report, StreamSocket, WatchedSocket
from shared.calls import address as peer_address
from shared.log import Log

_NS = 10**9

# Back-off: a server that restarts is found within a few tens of ms, one that is gone costs a try a second.
FIRST_DELAY_S = 0.05
MAX_DELAY_S = 1.0

# With less time left than this there is no further attempt: it would fail for lack of time, and hide the real reason.
_MIN_ATTEMPT_S = 0.1

# Errors of this machine that has run out of something: not the server's doing.
_EXHAUSTED = {errno.EADDRNOTAVAIL, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def connect(host: str, port: int, timeout_s: float, log: Log, report: Report | None) -> StreamSocket:
    """Return a connected blocking socket, retrying with jittered back-off; raise ConnectError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    delay_s = FIRST_DELAY_S
    attempts = 0
    server = peer_address((host, port))
    known: OSError | None = None
    while True:
        attempts += 1
        try:
            return _attempt(host, port, deadline, report)
        except OSError as error:
            # An attempt that the deadline has cut short says less than the one before it.
            is_answer = not isinstance(error, TimeoutError | socket.gaierror)
            if known is None or is_answer or time.monotonic() < deadline:
                known = error
            # Full jitter: replicas that lost the same server do not all retry at the same time.
            pause_s = random.uniform(0, delay_s)  # noqa: S311 - not a secret
            if time.monotonic() + pause_s + _MIN_ATTEMPT_S >= deadline:
                raise error_of(known)(server, attempts, timeout_s, reason(known)) from None
            log.warning("connect_failed", server=server, why=reason(error), retry_in_ms=round(pause_s * 1000))
        time.sleep(pause_s)
        delay_s = min(delay_s * 2, MAX_DELAY_S)


def _attempt(host: str, port: int, deadline: float, report: Report | None) -> StreamSocket:
    """Try the addresses of the host until one answers, or all have failed; raise the last one's OSError."""
    order = Rota(resolve(host, port, deadline - time.monotonic())).order()
    dialer = _Dialer(report)
    race = Race(order, dialer)
    deadline_ns = int(deadline * _NS)
    try:
        while True:
            now_ns = time.monotonic_ns()
            winner = race.advance(now_ns)
            if winner is None and now_ns >= deadline_ns:
                winner = race.expire()
            if winner is not None:
                return dialer.won(winner)
            if race.is_lost:
                raise race.failure or OSError("the name has no address")
            wait_ms = max(0, min(race.wake_ns, deadline_ns) - now_ns) // 1_000_000 + 1
            for fd, _ in dialer.poll.poll(wait_ms):
                if winner := race.check(fd):
                    return dialer.won(winner)
    finally:
        race.stop()  # interrupted, too: no descriptor outlives the attempt


class _Dialer:
    """Makes the sockets of a session's race, and reports their calls."""

    def __init__(self, report: Report | None) -> None:
        self.poll = select.poll()
        self._report = report
        self._watched: dict[socket.socket, tuple[WatchedSocket, int, int]] = {}

    def begin(self, address: Address) -> socket.socket:
        """Return a non-blocking socket."""
        family, kind, _, _, sockaddr = address
        if self._report is None:
            sock = socket.socket(family, kind)
        else:
            sock, watched = created(family, kind, self._report)
            watched.peer = peer_address(sockaddr)  # the kernel would name only one that is connected
            self._watched[sock] = watched, time.time_ns(), time.monotonic_ns()
        sock.setblocking(False)
        self.poll.register(sock, select.POLLOUT)
        return sock

    def end(self, sock: socket.socket, _: Address, error: OSError | None) -> None:
        """Close a socket that did not win; connect() has returned only if there is an error."""
        self.poll.unregister(sock)
        if sock not in self._watched:
            sock.close()
            return
        if error is not None:
            self._record(sock, errno.errorcode.get(error.errno or 0, type(error).__name__))
        self._watched.pop(sock)[0].close()

    def fail(self, address: Address, error: OSError) -> None:
        """Leave it: there was no socket, and so no call on one."""

    def won(self, runner: Runner) -> StreamSocket:
        """Return the winner's socket, blocking again."""
        runner.sock.setblocking(True)
        if runner.sock not in self._watched:
            return runner.sock
        self._record(runner.sock, None)
        return self._watched[runner.sock][0]

    def _record(self, sock: socket.socket, failure: str | None) -> None:
        watched, t0_ns, mono_ns = self._watched[sock]
        watched.record("connect", (t0_ns, time.time_ns(), mono_ns), sock.fileno(), failure=failure)


def created(
    family: socket.AddressFamily, kind: socket.SocketKind, report: Report
) -> tuple[socket.socket, WatchedSocket]:
    """Return a new socket, plain and watched, its creation reported."""
    mono_ns, t0_ns = time.monotonic_ns(), time.time_ns()
    sock = socket.socket(family, kind)
    t1_ns = time.time_ns()
    watched = WatchedSocket(sock, "client", report)
    watched.record("socket", (t0_ns, t1_ns, mono_ns), sock.fileno())
    return sock, watched


def error_of(error: OSError) -> type[ConnectError]:
    """Return our own error for what connect() failed with."""
    if isinstance(error, ConnectionRefusedError):
        return Refused
    if error.errno in _EXHAUSTED and not isinstance(error, socket.gaierror):
        return Exhausted
    return ConnectTimedOut if isinstance(error, TimeoutError) else Unreachable


def reason(error: OSError) -> str:
    """Return the system's words for it, and what it means where these do not say."""
    if error_of(error) is Exhausted:
        if error.errno == errno.EADDRNOTAVAIL:
            return f"out of local ports: {local_ports():,} of them, and TIME-WAIT keeps each for 60 s"
        if error.errno == errno.EMFILE:
            most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            return f"out of descriptors: this process may have {most:,} files open (RLIMIT_NOFILE)"
    return error.strerror or str(error)


def local_ports() -> int:
    """Return how many local ports connect() may choose from; 0 where the kernel does not tell."""
    with contextlib.suppress(OSError, ValueError):
        first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
        return last - first + 1
    return 0
