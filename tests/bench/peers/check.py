"""Makes sure that a peer echoes every byte before it is measured."""

import contextlib
import random
import selectors
import socket
import time

from tests.bench.peers.processes import PeerFailed, Server

_CONNECTIONS = 3
_TIMEOUT_S = 20


def check(server: Server) -> None:
    """Send random bytes over some connections at once, half-close, and compare what returns. Raises PeerFailed."""
    sent = random.Random(server.port).randbytes(server.peer.check_bytes)
    with contextlib.ExitStack() as stack:
        socks = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=_TIMEOUT_S))
            for _ in range(_CONNECTIONS)
        ]
        try:
            received = _exchange(socks, sent)
        except OSError as error:
            raise PeerFailed(server.peer.name, f"lost a connection: {error}") from None
    for data in received:
        if data != sent:
            same = next((i for i, pair in enumerate(zip(data, sent, strict=False)) if pair[0] != pair[1]), len(data))
            raise PeerFailed(server.peer.name, f"echoed {len(data)} of {len(sent)} bytes, right up to {same}")


def _exchange(socks: list[socket.socket], data: bytes) -> list[bytes]:
    """Return what came back on each socket until its end, or until the deadline."""
    deadline_s = time.monotonic() + _TIMEOUT_S
    unsent = {sock: memoryview(data) for sock in socks}
    received = {sock: bytearray() for sock in socks}
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE, sock)
        while selector.get_map() and time.monotonic() < deadline_s:
            for key, events in selector.select(timeout=1):
                sock = key.data
                if events & selectors.EVENT_WRITE:
                    unsent[sock] = unsent[sock][sock.send(unsent[sock]) :]
                    if not unsent[sock]:
                        sock.shutdown(socket.SHUT_WR)
                        selector.modify(sock, selectors.EVENT_READ, sock)
                if events & selectors.EVENT_READ:
                    if chunk := sock.recv(65_536):
                        received[sock] += chunk
                    else:
                        selector.unregister(sock)
    return [bytes(received[sock]) for sock in socks]
