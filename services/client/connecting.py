"""From a host and a port to a connection: resolve, connect, and try again until the deadline."""

import queue
import random
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any, TypeAlias

from services.client.errors import ConnectError, ConnectTimedOut, Refused, Unreachable
from shared.calls import Report, StreamSocket, WatchedSocket
from shared.log import Log

Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

# Back-off: a server that restarts is found within a few tens of ms, one that is gone costs a try a second.
FIRST_DELAY_S = 0.05
MAX_DELAY_S = 1.0

# One attempt, of all that the deadline allows: Linux sends the SYN again after 1 s and after 2 s more.
ATTEMPT_TIMEOUT_S = 4.0

# With less time than this left there is no other attempt: it would only tell that it was cut short, and hide why the
# others failed.
_MIN_ATTEMPT_S = 0.1


def connect(host: str, port: int, timeout_s: float, log: Log, report: Report | None) -> StreamSocket:
    """Return a connected blocking socket, retrying with jittered back-off; raise ConnectError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    delay_s = FIRST_DELAY_S
    attempts = 0
    while True:
        attempts += 1
        try:
            return _attempt(host, port, deadline, report)
        except OSError as error:
            # Full jitter: replicas that lost the same server do not come back in step.
            pause_s = random.uniform(0, delay_s)  # noqa: S311 - not a secret
            if time.monotonic() + pause_s + _MIN_ATTEMPT_S >= deadline:
                raise error_of(error)(f"{host}:{port}", attempts, timeout_s, reason(error)) from None
            log.warning("connect_failed", server=f"{host}:{port}", why=reason(error), retry_in_ms=round(pause_s * 1000))
        time.sleep(pause_s)
        delay_s = min(delay_s * 2, MAX_DELAY_S)


def _attempt(host: str, port: int, deadline: float, report: Report | None) -> StreamSocket:
    """Try each address of the host once; raise the last one's OSError."""
    failure: OSError | None = None
    for family, kind, _, _, sockaddr in resolve(host, port, deadline - time.monotonic()):
        sock = _socket(family, kind, report)
        try:
            sock.settimeout(min(ATTEMPT_TIMEOUT_S, max(deadline - time.monotonic(), 0.001)))
            sock.connect(sockaddr)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:  # interrupted: the descriptor must not outlive the attempt
            sock.close()
            raise
        else:
            return sock
    raise failure or OSError("the name has no address")


def _socket(family: socket.AddressFamily, kind: socket.SocketKind, report: Report | None) -> StreamSocket:
    if report is None:
        return socket.socket(family, kind)
    return created(family, kind, report)


def created(family: socket.AddressFamily, kind: socket.SocketKind, report: Report) -> WatchedSocket:
    """Return a new watched socket, its creation reported."""
    mono_ns, t0_ns = time.monotonic_ns(), time.time_ns()
    sock = socket.socket(family, kind)
    t1_ns = time.time_ns()
    watched = WatchedSocket(sock, "client", report)
    watched.record("socket", (t0_ns, t1_ns, mono_ns), sock.fileno())
    return watched


def resolve(host: str, port: int, timeout_s: float) -> Sequence[Address]:
    """Getaddrinfo with a deadline: it has none of its own, and a thread that it blocks does no harm."""
    answers: queue.Queue[Sequence[Address] | OSError] = queue.Queue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            answers.put(error)
        except UnicodeError:  # a label that is empty or over 63 characters
            answers.put(socket.gaierror(socket.EAI_NONAME, "not a valid host name"))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=max(timeout_s, 0.001))
    except queue.Empty:
        raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def error_of(error: OSError) -> type[ConnectError]:
    """Return which of our errors it is that connect() failed like this."""
    if isinstance(error, ConnectionRefusedError):
        return Refused
    return ConnectTimedOut if isinstance(error, TimeoutError) else Unreachable


def reason(error: OSError) -> str:
    """Return the system's words for it."""
    return error.strerror or str(error)
