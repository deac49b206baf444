"""A proxy on port 5000 in front of HOST that spoils echoes by the rule RULE, and at SIGTERM says how often: RULE HOST.

A connection is spoiled once at most: what a client makes of a second fault on it is not to be counted.
"""

import contextlib
import json
import signal
import socket
import sys
import threading

_CHUNK_BYTES = 65_536

# One in so many connections is spoiled.
_EVERY_CONNECTION = 5

# Which byte of such a stream is changed: one in the middle of a message.
_FLIPPED_AT = 3000

# What a connection that is not spoiled carries: the load is told to send so much on each.
_STREAM_BYTES = 100 * 64
_DROPPED_BYTES = 10


class Proxy:
    """Relays connections, each in two threads; `faults` is how many echoes it has spoiled."""

    def __init__(self, rule: str, host: str) -> None:
        self.faults = 0
        self._spoil = {"flip": self._flip, "drop": self._drop, "double": self._double}[rule]
        self._server = (socket.gethostbyname(host), 5000)
        self._lock = threading.Lock()

    def serve(self, listener: socket.socket) -> None:
        """Relay until the process ends."""
        number = 0
        while True:
            client, _ = listener.accept()
            number += 1
            threading.Thread(target=self._relay, args=(client, number), daemon=True).start()

    def _relay(self, client: socket.socket, number: int) -> None:
        with client, socket.create_connection(self._server) as server:
            there = threading.Thread(target=_pump, args=(client, server), daemon=True)
            there.start()
            self._spoil(server, client, number)
            there.join()

    def _flip(self, server: socket.socket, client: socket.socket, number: int) -> None:
        """Change one byte of every fifth connection's stream."""
        left = _FLIPPED_AT
        is_due = number % _EVERY_CONNECTION == 0
        while chunk := _received(server):
            if is_due and left < len(chunk):
                is_due = False
                with self._lock:
                    self.faults += 1
                chunk = chunk[:left] + bytes([chunk[left] ^ 0xFF]) + chunk[left + 1 :]
            left -= len(chunk)
            if not _sent(client, chunk):
                return
        _finish(client)

    def _drop(self, server: socket.socket, client: socket.socket, number: int) -> None:
        """Keep the end of every fifth connection's stream to oneself, and finish."""
        left = _STREAM_BYTES - _DROPPED_BYTES if number % _EVERY_CONNECTION == 0 else _STREAM_BYTES
        while chunk := _received(server):
            if len(chunk) > left:
                with self._lock:
                    self.faults += 1
                _sent(client, chunk[:left])
                break
            left -= len(chunk)
            if not _sent(client, chunk):
                return
        _finish(client)

    def _double(self, server: socket.socket, client: socket.socket, number: int) -> None:
        """Send the first chunk of every fifth connection twice."""
        is_due = number % _EVERY_CONNECTION == 0
        while chunk := _received(server):
            if is_due:
                is_due = False
                with self._lock:
                    self.faults += 1
                chunk += chunk
            if not _sent(client, chunk):
                return
        _finish(client)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    while chunk := _received(source):
        if not _sent(sink, chunk):
            return
    _finish(sink)


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(_CHUNK_BYTES)
    except OSError:
        return b""


def _sent(sock: socket.socket, chunk: bytes) -> bool:
    try:
        sock.sendall(chunk)
    except OSError:
        return False
    return True


def _finish(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the peer has gone
        sock.shutdown(socket.SHUT_WR)


def main(rule: str, host: str) -> None:
    """Serve until SIGTERM; print the number of faults as JSON."""
    proxy = Proxy(rule, host)
    listener = socket.create_server(("", 5000), backlog=128)
    signals = {signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    signal.sigwait(signals)
    sys.stdout.write(json.dumps({"faults": proxy.faults}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
