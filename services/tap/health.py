"""The health check: whether packets are captured. It imports the standard library alone, because it runs often."""

import os
import socket
import sys
from pathlib import Path


def is_capturing(interface: str, table: str = "/proc/net/packet") -> bool:
    """Tell whether a packet socket of this network namespace is bound to the interface, and the interface is up.

    /proc/net/packet (net/packet/af_packet.c): sk RefCnt Type Proto Iface R Rmem User Inode.
    """
    try:
        index = socket.if_nametoindex(interface)
    except OSError:
        return False
    for line in Path(table).read_text().splitlines()[1:]:
        _, _, _, _, bound_to, is_running, *_ = line.split()
        if int(bound_to) == index and is_running == "1":
            return True
    return False


if __name__ == "__main__":
    sys.exit(0 if is_capturing(os.environ.get("ECHO_TAP_INTERFACE") or "eth0") else 1)
