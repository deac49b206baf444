"""The sockets that records and packets arrive at."""

import errno
import socket
from typing import Any

# Taps that come at the same time, each for a moment until it is accepted.
_BACKLOG = 16


class BindFailed(Exception):
    """No socket could be had for this host and port; `setting` is the port's."""

    def __init__(self, host: str, port: int, setting: str, why: str) -> None:
        self.host, self.port, self.setting, self.why = host, port, setting, why
        super().__init__(f"cannot listen on ECHO_HOST={host!r} {setting}={port}: {why}")


def bound(host: str, port: int, kind: socket.SocketKind, setting: str) -> list[socket.socket]:
    """Return a non-blocking socket for each address of `host`, a stream's already listening; `::` takes IPv4 as well.

    A name may have addresses that this machine lacks: one that works is enough. With port 0 all share the port that
    the first was given. Raises BindFailed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise BindFailed(host, port, setting, f"the name does not resolve ({_reason(error)})") from None
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    for family, _, _, _, sockaddr in dict.fromkeys(found):
        own_port = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_socket(family, kind, (sockaddr[0], own_port, *sockaddr[2:])))
        except OSError as error:
            missing = error
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                break
    else:
        if sockets:
            return sockets
    for sock in sockets:
        sock.close()
    raise BindFailed(host, port, setting, _reason(missing))


def _socket(family: socket.AddressFamily, kind: socket.SocketKind, sockaddr: tuple[Any, ...]) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if sockaddr[0] == "::" else 1)
        if kind == socket.SOCK_STREAM:
            # Only there: on UDP it would let a second scope take this one's records.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(sockaddr)
        if kind == socket.SOCK_STREAM:
            sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _reason(error: BaseException | None) -> str:
    return getattr(error, "strerror", None) or str(error)
