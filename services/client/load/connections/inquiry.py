"""Asks the server how it is run: what a load measures depends on it, and its reader did not start the server.

The answer is a sample of the server's /metrics. It is a side matter: whatever comes instead of it, in time or not,
leaves it unknown.
"""

import re
import socket
import time

from services.client.load.results.outcome import HowRun

# Until the whole answer is there. A firewall that drops what it does not know costs a run so long, once.
TIMEOUT_S = 1.0

# A page of 256 workers, the most, has 61 KB.
_MAX_BYTES = 262_144
_READ_BYTES = 65_536

_LEVELS = ("debug", "info", "warning", "error")
_SAMPLE = re.compile(rb'^echo_server_info\{log_level="([a-z]+)",watched="(true|false)"\} 1(?:\.0)?\r?$', re.MULTILINE)


def how_it_is_run(connected: socket.socket, http_port: int, timeout_s: float = TIMEOUT_S) -> HowRun | None:
    """Ask at the address that a connection goes to; None where nothing there says it in time, or the port is 0."""
    if not http_port:
        return None
    try:
        host, _, *rest = connected.getpeername()
        answer = _get(connected.family, (host, http_port, *rest), time.monotonic() + timeout_s)
    except OSError:
        return None
    found = _SAMPLE.search(answer)
    if found is None or (level := found[1].decode()) not in _LEVELS:
        return None
    return HowRun(level, found[2] == b"true")


def _get(family: int, address: tuple[object, ...], deadline_s: float) -> bytes:
    """Return what comes for GET /metrics, to its end or _MAX_BYTES; raise OSError, also at the deadline."""
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(_left_s(deadline_s))
        sock.connect(address)
        # By HTTP/1.0 the answer ends with the connection, and is not in chunks.
        sock.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        answer = b""
        while len(answer) < _MAX_BYTES:
            # One time-out for all of them: a peer that sends a byte now and then would renew that of each recv().
            sock.settimeout(_left_s(deadline_s))
            if not (data := sock.recv(_READ_BYTES)):
                break
            answer += data
    return answer


def _left_s(deadline_s: float) -> float:
    if (left_s := deadline_s - time.monotonic()) <= 0:
        raise TimeoutError
    return left_s
