"""Socket operations that several services need and the socket module lacks."""

import errno
import socket
import struct

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
