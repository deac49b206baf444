"""From a host and a port to listening sockets."""

import errno
import socket
from typing import Any

from shared.calls import Report, WatchedSocket

# Enough that a fast peer never waits for the echo loop's next turn; a send buffer would grow to 4 MiB for each peer.
_UNSENT_BYTES = 131_072


class ListenFailed(Exception):
    """No listening socket could be had for this host and port; `setting` is the port's."""

    def __init__(self, host: str, port: int, why: str, setting: str = "ECHO_PORT") -> None:
        self.host, self.port, self.why = host, port, why
        super().__init__(f"cannot listen on ECHO_HOST={host!r} {setting}={port}: {why}")


def listen(host: str, port: int, backlog: int, report: Report | None, *, shared: bool = False) -> list[socket.socket]:
    """Return a non-blocking listening socket for each address of `host`; `::` serves IPv6 and IPv4.

    A name may have addresses that this machine lacks (`localhost` without IPv6): one that works is enough. With port 0
    all share the port that the first was given. Raises ListenFailed.
    """
    bound = _bind(host, port, report, shared=shared)
    for sock in bound:
        if report is None:
            sock.listen(backlog)
        else:
            WatchedSocket(sock, "server", report).listen(backlog)
    return bound


def listen_for_each(
    workers: int, host: str, port: int, backlog: int, report: Report | None
) -> list[list[socket.socket]]:
    """Return what listen() does for each worker, all on one port by SO_REUSEPORT; raise ListenFailed."""
    if workers == 1:
        return [listen(host, port, backlog, report)]
    # Bound without SO_REUSEPORT first: with it, a second server would start on the port of the first, and share its
    # clients.
    probes = _bind(host, port, None, shared=False)
    port = probes[0].getsockname()[1]
    for probe in probes:
        probe.close()
    return [listen(host, port, backlog, report, shared=True) for _ in range(workers)]


def _bind(host: str, port: int, report: Report | None, *, shared: bool) -> list[socket.socket]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenFailed(host, port, f"the name does not resolve ({_reason(error)})") from None
    bound: list[socket.socket] = []
    missing: OSError | None = None
    for family, _, _, _, sockaddr in dict.fromkeys(found):
        bound_port = bound[0].getsockname()[1] if bound else port
        try:
            bound.append(_socket(family, (sockaddr[0], bound_port, *sockaddr[2:]), report, shared=shared))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                for sock in bound:
                    sock.close()
                raise ListenFailed(host, port, _reason(error)) from None
            missing = error
    if not bound:
        raise ListenFailed(host, port, _reason(missing))
    return bound


def _socket(family: int, sockaddr: tuple[Any, ...], report: Report | None, *, shared: bool) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if sockaddr[0] == "::" else 1)
        # Accepted sockets inherit it: an echo is a reply, and must not wait for the peer's delayed ACK.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Also inherited: an urgent byte is a byte like any other (RFC 6093), and is echoed in its place.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        # Also inherited: of what a peer does not read, the kernel holds so much unsent, instead of a whole send buffer.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        if report is None:
            sock.bind(sockaddr)
        else:
            WatchedSocket(sock, "server", report).bind(sockaddr)
    except OSError:
        sock.close()
        raise
    return sock


def _reason(error: BaseException | None) -> str:
    return getattr(error, "strerror", None) or str(error)
