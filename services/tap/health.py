"""The health check: whether packets are captured. It imports the standard library alone, because it runs often."""

import stat
import sys
from collections.abc import Iterator
from pathlib import Path


def is_capturing(proc: Path = Path("/proc")) -> bool:
    """Tell whether a process that is seen from here has a packet socket that is bound to an interface which is up.

    In a container that is the tap alone, also where the network is the host's and others capture in it.
    """
    capturing = set(_bound(proc))
    return any(inode in capturing for inode in _sockets(proc)) if capturing else False


def _bound(proc: Path) -> Iterator[int]:
    """Give the inodes of the packet sockets in this network namespace that are bound to an interface which is up.

    /proc/net/packet (net/packet/af_packet.c): sk RefCnt Type Proto Iface R Rmem User Inode.
    """
    for line in (proc / "net/packet").read_text().splitlines()[1:]:
        _, _, _, _, interface, is_running, _, _, inode = line.split()
        if int(interface) and int(is_running):
            yield int(inode)


def _sockets(proc: Path) -> Iterator[int]:
    """Give the inodes of all processes' sockets, of those whose descriptors may be looked at."""
    for descriptor in proc.glob("[0-9]*/fd/*"):
        try:
            status = descriptor.stat()
        except OSError:  # it is closed by now
            continue
        if stat.S_ISSOCK(status.st_mode):
            yield status.st_ino


if __name__ == "__main__":
    sys.exit(0 if is_capturing() else 1)
