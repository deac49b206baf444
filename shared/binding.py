"""From a host and a port to bound sockets, one for each address."""

import errno
import socket
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

# Means all addresses of the machine: IPv6 together with IPv4, or IPv4 alone where the kernel has no IPv6.
ALL_ADDRESSES = "*"

Bind: TypeAlias = Callable[[socket.socket, Any], None]
Listen: TypeAlias = Callable[[socket.socket, int], None]

# Errors of addresses that a name has but this machine cannot use: another of its addresses can be enough.
_MISSING = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class BindFailed(Exception):
    """No socket could be had for this host and port; `setting` is the port's variable."""

    def __init__(self, host: str, port: int, setting: str, why: str) -> None:
        self.host, self.port, self.setting, self.why = host, port, setting, why
        super().__init__(f"cannot listen on ECHO_HOST={host!r} {setting}={port}: {why}")


def bound(
    host: str, port: int, kind: socket.SocketKind, setting: str, bind: Bind = socket.socket.bind
) -> list[socket.socket]:
    """Return a non-blocking socket for each address of `host`; `*` is all addresses, and `::` takes IPv4 as well.

    `bind` binds each socket, and can set its options first. A name may have addresses that this machine lacks
    (`localhost` without IPv6): one that works is enough. With port 0 all share the port that the first was given.
    Raises BindFailed.
    """
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    for family, sockaddr in _resolve(host, port, kind, setting):
        own_port = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_socket(family, kind, (sockaddr[0], own_port, *sockaddr[2:]), bind))
        except OSError as error:
            if error.errno not in _MISSING:
                close_all(sockets)
                raise BindFailed(host, port, setting, _reason(error)) from None
            missing = error
    if not sockets:
        raise BindFailed(host, port, setting, _reason(missing))
    return sockets


def listening(
    host: str,
    port: int,
    backlog: int,
    setting: str,
    bind: Bind = socket.socket.bind,
    listen: Listen = socket.socket.listen,
) -> list[socket.socket]:
    """Return what bound() does, already listening. Raises BindFailed."""
    sockets = bound(host, port, socket.SOCK_STREAM, setting, bind)
    try:
        for sock in sockets:
            listen(sock, backlog)
    except OSError as error:  # somebody else has bound the port as well, and was the first to listen
        close_all(sockets)
        raise BindFailed(host, port, setting, _reason(error)) from None
    return sockets


def close_all(sockets: Iterable[socket.socket]) -> None:
    """Close each of them."""
    for sock in sockets:
        sock.close()


def _reason(error: BaseException | None) -> str:
    return getattr(error, "strerror", None) or str(error)


def _resolve(host: str, port: int, kind: socket.SocketKind, setting: str) -> list[tuple[int, Any]]:
    if host == ALL_ADDRESSES:
        if socket.has_dualstack_ipv6():
            return [(socket.AF_INET6, ("::", port, 0, 0))]
        return [(socket.AF_INET, ("0.0.0.0", port))]  # noqa: S104 - what was asked for
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise BindFailed(host, port, setting, f"the name does not resolve ({_reason(error)})") from None
    return list(dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found))


def _socket(family: int, kind: socket.SocketKind, sockaddr: tuple[Any, ...], bind: Bind) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if sockaddr[0] == "::" else 1)
        if kind == socket.SOCK_STREAM:
            # Only for TCP: on UDP it would let a second process take this one's datagrams.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bind(sock, sockaddr)
    except OSError:
        sock.close()
        raise
    return sock


def _close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()
