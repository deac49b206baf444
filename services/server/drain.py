"""How a listener stops taking new connections without resetting one that it has promised."""

import ctypes
import socket
import struct

_SO_ATTACH_FILTER = 26  # asm-generic/socket.h; the socket module does not name it

# Classic BPF over the TCP header: drop a segment with SYN, keep every other.
_DROP_SYN = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # A = the flags octet
        (0x45, 0, 1, 0x02),  # SYN set?
        (0x06, 0, 0, 0),  # yes: drop
        (0x06, 0, 0, 0xFFFFFFFF),  # no: keep
    )
)


def refuse_new_handshakes(listener: socket.socket) -> None:
    """Make the kernel drop new SYNs while handshakes under way finish and wait to be accepted.

    Closing a listener resets every connection in its accept queue, and one can always arrive between the last accept
    and the close. With the SYNs dropped first the queue can be emptied for good; a client whose SYN was dropped sends
    it again after a second, and finds the port closed or taken over.
    """
    program = ctypes.create_string_buffer(_DROP_SYN, len(_DROP_SYN))
    # struct sock_fprog: a count, padding, a pointer.
    fprog = struct.pack("HP", len(_DROP_SYN) // 8, ctypes.addressof(program))
    listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)
