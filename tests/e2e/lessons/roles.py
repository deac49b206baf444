"""What the actors of the lessons do, one role each, with every call reported on stdout: ROLE [HOST].

An actor's step waits for its cue: a file that the test makes. It runs in the client's image, which knows how to report.
"""

import contextlib
import fcntl
import json
import select
import socket
import struct
import sys
import termios
import threading
import time
from dataclasses import asdict
from pathlib import Path

from services.client.connect.connecting import created
from shared.calls import Call, WatchedSocket, accept

_PORT = 5000
_DEADLINE_S = 120.0  # longer than the test waits for anything
_MEBIBYTE = bytes(range(256)) * 4096


def report(call: Call) -> None:
    """Write a call's record on stdout."""
    say(asdict(call))


def say(fact: object) -> None:
    """Write a line of JSON on stdout."""
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def cue(name: str) -> None:
    """Say that this step is reached, and wait for its cue."""
    say({"step": name})
    deadline_s = time.monotonic() + _DEADLINE_S
    pace = threading.Event()
    while not Path(f"/tmp/{name}").exists():  # noqa: S108 - the container is this program's alone
        if time.monotonic() > deadline_s:
            sys.exit(f"no cue for {name}")
        pace.wait(0.002)


def at_second(name: str) -> None:
    """Return at a moment that two actors on one clock have in common: the next full five seconds after the cue.

    Cues that are given one after the other, some tenths of a second apart, seldom lie on both sides of it.
    """
    cue(name)
    moment_s = (int(time.time()) // 5 + 1) * 5
    threading.Event().wait(max(moment_s - time.time() - 0.05, 0))
    while time.time() < moment_s:
        pass


def listening(receive_buffer_bytes: int | None = None) -> socket.socket:
    """Return a listening socket."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if receive_buffer_bytes is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    watched = WatchedSocket(sock, "server", report)
    watched.bind(("0.0.0.0", _PORT))  # noqa: S104 - a container's only network
    watched.listen(16)
    return sock


def accepted(receive_buffer_bytes: int | None = None) -> WatchedSocket:
    """Return the first connection."""
    listener = listening(receive_buffer_bytes)
    say({"step": "listening"})
    return accept(listener, "server", lambda _: report)[0]


def connected(host: str) -> WatchedSocket:
    """Return a connected socket."""
    address = socket.gethostbyname(host)
    _, watched = created(socket.AF_INET, socket.SOCK_STREAM, report)
    watched.connect((address, _PORT))
    return watched


def readable(sock: WatchedSocket) -> None:
    """Wait until there is something to read, without reading it."""
    select.select([sock.fileno()], [], [], _DEADLINE_S)


def read_to_end(sock: WatchedSocket, size: int = 65_536) -> int:
    """Read until the peer's end; return how many bytes came."""
    total = 0
    while count := len(sock.recv(size)):
        total += count
    return total


def half_closer(host: str) -> None:
    """Send, finish sending, and still get the echo."""
    sock = connected(host)
    sock.send(b"Hello")
    sock.shutdown(socket.SHUT_WR)
    say({"received": read_to_end(sock)})
    sock.close()


def unread_closer(host: str) -> None:
    """Close while the echo lies unread in the receive buffer."""
    sock = connected(host)
    sock.send(b"Hello")
    readable(sock)
    sock.close()


def holder(host: str) -> None:
    """Keep a connection open until the other side ends it."""
    sock = connected(host)
    cue("open")
    with contextlib.suppress(OSError):
        sock.recv(1)
    sock.close()


def patient(host: str) -> None:
    """Connect, send when told, and go when everything is back."""
    sock = connected(host)
    cue("connected")
    sock.send(b"Hello")
    sock.recv(5)
    cue("echoed")
    sock.close()


def first_closer(host: str) -> None:
    """Close first."""
    sock = connected(host)
    cue("connected")
    sock.close()


def late_closer() -> None:
    """Serve one connection, and close it only when told, after the peer has finished."""
    sock = accepted()
    read_to_end(sock)
    cue("finished")
    sock.close()


def closing_server() -> None:
    """Serve one connection, and close it first."""
    sock = accepted()
    cue("accepted")
    sock.close()


def reader_of_end(host: str) -> None:
    """Close when the server has."""
    sock = connected(host)
    read_to_end(sock)
    sock.close()


def lazy_reader() -> None:
    """Accept a connection, read nothing until told, then everything."""
    sock = accepted(receive_buffer_bytes=16_384)
    cue("full")
    say({"received": read_to_end(sock)})
    sock.close()


def small_reader() -> None:
    """Read a stream 4 KiB at a time."""
    sock = accepted()
    say({"received": read_to_end(sock, 4096)})
    sock.close()


def bulk_sender(host: str) -> None:
    """Send 1 MiB with as few calls as the kernel allows, and wait for the end."""
    sock = connected(host)
    unsent = memoryview(_MEBIBYTE)
    while unsent:
        unsent = unsent[sock.send(unsent) :]
    sock.shutdown(socket.SHUT_WR)
    read_to_end(sock)
    sock.close()


def all_acknowledged(sock: WatchedSocket) -> None:
    """Wait until nothing is left in the send buffer (tcp(7), SIOCOUTQ): sent or not, it stays there until then."""
    while struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0]:
        pass


def _two_writes(host: str, no_delay: int) -> None:
    sock = connected(host)
    raw = socket.socket(fileno=sock.fileno())
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, no_delay)
    raw.detach()
    # The kernel acknowledges the first segments of a connection at once; later it waits for something to send back.
    for _ in range(20):
        sock.send(b"warm-up")
        all_acknowledged(sock)
    sock.send(b"first")
    sock.send(b"second")
    all_acknowledged(sock)  # close() would send what waits
    sock.close()


def nagle(host: str) -> None:
    """Send two small messages one after the other, with Nagle's algorithm."""
    _two_writes(host, 0)


def no_delay(host: str) -> None:
    """Send them without."""
    _two_writes(host, 1)


def closer_at_once(host: str) -> None:
    """Close at the beginning of a second, through a token bucket that a datagram has just emptied: the FIN waits."""
    sock = connected(host)
    address = socket.gethostbyname(host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        at_second("together")
        datagrams.sendto(bytes(20), (address, 9))  # the discard port, where nobody is
        sock.shutdown(socket.SHUT_WR)
    read_to_end(sock)
    sock.close()


def server_at_once() -> None:
    """Close some ms after the client has, whose FIN is still held: else the client may take this one's in before."""
    sock = accepted()
    at_second("together")
    threading.Event().wait(0.03)
    sock.shutdown(socket.SHUT_WR)
    read_to_end(sock)
    sock.close()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
    # The network goes with its last container: what the kernel still has to say would not be said, or not be captured.
    cue("end")
