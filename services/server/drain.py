"""How a listener stops taking new connections without resetting one that it has promised."""

import contextlib
import socket
import struct

_SO_BINDTOIFINDEX = 62  # asm-generic/socket.h; the socket module does not name it

_NO_INTERFACE = 2**31 - 1  # the greatest index there can be; the kernel does not ask whether it is anybody's


def refuse_new_handshakes(listener: socket.socket) -> None:
    """Make the kernel answer new SYNs as for a closed port, while handshakes under way finish and wait to be accepted.

    Closing a listener resets every connection in its accept queue, and one can always arrive between the last accept
    and the close. With the listener bound to an interface that is not there first, no SYN finds it, and the queue can
    be emptied for good. (A socket filter that drops SYNs would do, but newer kernels want CAP_NET_ADMIN for it.)
    """
    # Before Linux 5.7 this is for root; without it, only a connection that arrives in the wrong microseconds is lost.
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, _NO_INTERFACE)


def accept_queue_length(listener: socket.socket) -> int:
    """Return how many connections wait to be accepted."""
    # Of a listener, tcpi_unacked in struct tcp_info (linux/tcp.h) is the length of its accept queue.
    return int(struct.unpack_from("I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28), 24)[0])
