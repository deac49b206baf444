"""The scope's end of the feed: a UDP socket that keeps what it was sent, and a kernel that would not send it."""

import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from tests.unit.harness.facts import DEADLINE_S, eventually

Record = dict[str, Any]

_UDP_CORK = 1  # linux/udp.h


class Receiver:
    """A scope for a test: calls and notices as they came, each datagram a whole line of JSON."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._sock = socket.socket(family, socket.SOCK_DGRAM)
        self._sock.settimeout(DEADLINE_S)
        self._sock.bind((host, port))
        self.address: tuple[str, int] = self._sock.getsockname()[:2]
        self._kept: list[Record] = []

    def receive(self) -> Record:
        """Return the next datagram's object."""
        datagram = self._sock.recv(65_536)
        assert datagram.endswith(b"\n")
        assert datagram.count(b"\n") == 1
        record: Record = json.loads(datagram)
        self._kept.append(record)
        return record

    def pending(self) -> list[Record]:
        """Return what has arrived and was not yet received."""
        self._sock.setblocking(False)
        records = []
        try:
            while True:
                records.append(self.receive())
        except BlockingIOError:
            return records
        finally:
            self._sock.settimeout(DEADLINE_S)

    def has(self, **facts: Any) -> bool:
        """Tell whether a record with these facts arrives."""

        def is_there() -> bool:
            self.pending()
            return any(facts.items() <= record.items() for record in self._kept)

        return eventually(is_there)

    def calls(self, service: str | None = None) -> list[Record]:
        """Return the calls so far, of one service or of all."""
        self.pending()
        return [one for one in self._kept if "call" in one and service in (None, one["service"])]

    def notices(self) -> list[Record]:
        """Return the notices so far."""
        self.pending()
        return [record for record in self._kept if "notice" in record]

    def close(self) -> None:
        """Be gone."""
        self._sock.close()


@contextmanager
def receiver(host: str = "127.0.0.1", port: int = 0) -> Iterator[Receiver]:
    """Listen for as long as the block lasts."""
    listening = Receiver(host, port)
    try:
        yield listening
    finally:
        listening.close()


def socket_to(address: tuple[str, int]) -> socket.socket:
    """Return this process's UDP socket that is connected there, by another descriptor."""
    for fd in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - numbers
        with suppress(OSError):  # the listing's own, which is closed; or connected to nobody
            if not stat.S_ISSOCK(os.fstat(fd).st_mode):
                continue
            with ExitStack() as stack:
                sock = stack.enter_context(socket.socket(fileno=os.dup(fd)))
                if sock.type == socket.SOCK_DGRAM and sock.getpeername() == address:
                    stack.pop_all()
                    return sock
    raise AssertionError("no such socket")


@contextmanager
def kernel_that_takes_little(address: tuple[str, int]) -> Iterator[None]:
    """Have the kernel keep what the socket that is connected there sends, and soon have no room for more."""
    with socket_to(address) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # its minimum
        sock.setsockopt(socket.IPPROTO_UDP, _UDP_CORK, 1)
        yield
        sock.setsockopt(socket.IPPROTO_UDP, _UDP_CORK, 0)
