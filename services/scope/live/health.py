"""The health check: whether packets can be brought. It imports the standard library alone, because it runs often."""

import os
import sys
from pathlib import Path

_LISTEN = "0A"  # include/net/tcp_states.h


def is_listening(port: int, tables: tuple[str, ...] = ("/proc/net/tcp", "/proc/net/tcp6")) -> bool:
    """Tell whether a socket of this network namespace listens on a TCP port. Connecting would look like a tap."""
    for table in map(Path, tables):
        if not table.exists():  # a kernel without IPv6
            continue
        for line in table.read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == _LISTEN and int(local.rpartition(":")[2], 16) == port:
                return True
    return False


if __name__ == "__main__":
    sys.exit(0 if is_listening(int(os.environ.get("ECHO_SCOPE_PACKETS_PORT") or 5002)) else 1)
