"""A network of the bench's own: a loopback without the host's firewall rules and connection tracking."""

import ctypes
import fcntl
import os
import socket
import struct

# linux/sched.h, linux/sockios.h, linux/if.h; Python has os.unshare() since 3.12.
_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWNET = 0x4000_0000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_IFREQ = "16sh22x"


def enter() -> bool:
    """Move this process, and those that it will start, to a new network namespace; tell whether that could be done."""
    libc = ctypes.CDLL(None)
    # Who is not root may do it as the root of a user namespace, where the system allows those.
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    if libc.unshare(flags):
        return False
    with socket.socket() as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack(_IFREQ, b"lo", _IFF_UP))
    return True
