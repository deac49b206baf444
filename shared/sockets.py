"""What several services need for their sockets, and the socket module lacks."""

import errno
import resource
import socket
import struct
import sys

from shared.calls import StreamSocket

# struct linger, on for 0 s: close() sends RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)

# Errors that accept() passes on from the connection it would have returned (accept(2)); that connection is gone, and
# the next may be fine. EPERM is a firewall's.
_OF_ONE_CONNECTION = frozenset(
    {
        errno.ECONNABORTED,
        errno.ENETDOWN,
        errno.EPROTO,
        errno.ENOPROTOOPT,
        errno.EHOSTDOWN,
        errno.ENONET,
        errno.EHOSTUNREACH,
        errno.EOPNOTSUPP,
        errno.ENETUNREACH,
        errno.EPERM,
    }
)


def concerns_one_connection(error: OSError) -> bool:
    """Tell whether accept() failed because of one connection, so that it can be called again at once.

    With any other error (out of descriptors or memory, a listener that somebody ended) that would fail again at once:
    the caller waits a little. The connection stays in the accept queue.
    """
    return error.errno in _OF_ONE_CONNECTION


def reset_on_close(sock: StreamSocket) -> None:
    """Have close() send RST and keep nothing: no TIME-WAIT for 60 s, and no unsent bytes."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def allow_descriptors(needed: int) -> int:
    """Raise this process's soft limit of open files to `needed`, or as far as the hard limit allows; return the limit.

    It is what many connections reach first. It is never lowered. Children inherit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reachable = sys.maxsize if hard == resource.RLIM_INFINITY else hard
    allowed = sys.maxsize if soft == resource.RLIM_INFINITY else soft
    if allowed < needed and allowed < reachable:
        allowed = min(needed, reachable)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
