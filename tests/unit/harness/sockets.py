"""Sockets of the tests: pairs, peers that play a script, and an exchange that never deadlocks."""

import resource
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from services.server.listeners import accept_queue
from tests.unit.harness.facts import DEADLINE_S, eventually


@contextmanager
def tcp_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give the two ends of a connection on loopback; every wait on them has a deadline."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=DEADLINE_S)
        server, _ = listener.accept()
    server.settimeout(DEADLINE_S)
    with client, server:
        yield client, server


@contextmanager
def unanswering_address() -> Iterator[Any]:
    """Give an address whose accept queue is full, so that the kernel drops every SYN."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))  # listen(0) holds one
        stack.enter_context(socket.create_connection(listener.getsockname()))
        assert eventually(lambda: accept_queue(listener).length == 1)
        yield listener.getsockname()


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    """Let this process open nothing more: accept() and its like fail with EMFILE."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def scripted_peer(*scripts: Callable[[socket.socket], object]) -> Iterator[Any]:
    """Serve one connection after another, each by its script, and then none; give the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    failures: list[BaseException] = []

    def play() -> None:
        try:
            for script in scripts:
                sock, _ = listener.accept()
                sock.settimeout(DEADLINE_S)
                with sock, suppress(ConnectionError):  # the other side may have left: that is its test's business
                    script(sock)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failures.append(error)

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield listener.getsockname()
        thread.join(DEADLINE_S)
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes an accept that nobody will satisfy any more
        listener.close()
        thread.join(DEADLINE_S)
    if failures:
        raise failures[0]


def exchange(sock: socket.socket, chunks: Iterable[bytes]) -> bytes:
    """Send each chunk, then half-close; return what came back when the peer has finished too."""
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLOUT)
    unsent = [memoryview(chunk) for chunk in reversed(list(chunks)) if chunk]
    received = bytearray()
    if not unsent:
        sock.shutdown(socket.SHUT_WR)
    while ready := poll.poll(DEADLINE_S * 1000):
        if unsent and ready[0][1] & select.POLLOUT:
            chunk = unsent.pop()
            if rest := chunk[sock.send(chunk) :]:
                unsent.append(rest)
            if not unsent:
                sock.shutdown(socket.SHUT_WR)
                poll.modify(sock, select.POLLIN)
        if ready[0][1] & ~select.POLLOUT:
            data = sock.recv(65_536)
            if not data:
                return bytes(received)
            received += data
    raise AssertionError(f"no progress: {len(received)} bytes came back")


def receive(sock: socket.socket, size: int) -> bytes:
    """Return exactly `size` bytes, or fewer where the peer finishes first."""
    data = b""
    while len(data) < size and (more := sock.recv(size - len(data))):
        data += more
    return data


def reset(sock: socket.socket) -> None:
    """Close with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
