"""What two services do with sockets, and the socket module has no word for."""

import errno
import socket
import struct

# struct linger, on for 0 s: close() sends RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)

# accept(2): the process, or the machine, is out of something that may come back. The connection stays in the queue.
_OVERLOAD = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def is_overload(error: OSError) -> bool:
    """Tell whether accept() failed for want of descriptors or memory, and can succeed later for the same connection."""
    return error.errno in _OVERLOAD


def reset_on_close(sock: socket.socket) -> None:
    """Have close() send RST and keep nothing: no TIME-WAIT for 60 s, and no unsent bytes."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
