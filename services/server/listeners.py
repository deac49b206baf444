"""From a host and a port to listening sockets."""

import contextlib
import errno
import socket
from typing import Any

from shared.calls import Report, WatchedSocket


class ListenFailed(Exception):
    """No listening socket could be had for this host and port."""

    def __init__(self, host: str, port: int, why: str) -> None:
        self.host, self.port, self.why = host, port, why
        super().__init__(f"cannot listen on ECHO_HOST={host!r} ECHO_PORT={port}: {why}")


def listen(host: str, port: int, backlog: int, report: Report | None) -> list[socket.socket]:
    """Return a non-blocking listening socket for each address of `host`; `::` serves IPv6 and IPv4.

    A name may have addresses that this machine lacks (`localhost` without IPv6): one that works is enough. With port 0
    all share the port that the first was given. Raises ListenFailed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenFailed(host, port, f"the name does not resolve ({_reason(error)})") from None
    listeners: list[socket.socket] = []
    missing: OSError | None = None
    for family, _, _, _, sockaddr in dict.fromkeys(found):
        bound_port = listeners[0].getsockname()[1] if listeners else port
        try:
            listeners.append(_listener(family, (sockaddr[0], bound_port, *sockaddr[2:]), backlog, report))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                for listener in listeners:
                    listener.close()
                raise ListenFailed(host, port, _reason(error)) from None
            missing = error
    if not listeners:
        raise ListenFailed(host, port, _reason(missing))
    return listeners


def _listener(family: int, sockaddr: tuple[Any, ...], backlog: int, report: Report | None) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    with contextlib.ExitStack() as undo:
        undo.callback(listener.close)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if sockaddr[0] == "::" else 1)
        # Accepted sockets inherit it: an echo is a reply, and must not wait for the peer's delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if report is None:
            listener.bind(sockaddr)
            listener.listen(backlog)
        else:
            watched = WatchedSocket(listener, "server", report)
            watched.observe("bind", lambda: listener.bind(sockaddr))
            watched.observe("listen", lambda: listener.listen(backlog))
        listener.setblocking(False)
        undo.pop_all()
    return listener


def _reason(error: BaseException | None) -> str:
    return getattr(error, "strerror", None) or str(error)
