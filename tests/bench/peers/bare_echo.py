"""The least that echoes in Python: epoll, and two system calls a message, with nothing that a server in use needs.

What echoscope costs beyond it is what its limits, counters, time-outs and logs cost, and a scope that is switched off;
what this costs beyond C is what CPython costs.
"""

import contextlib
import fcntl
import os
import select
import socket
import sys

BACKLOG = 1024  # the same for every peer
TURN_BYTES = 65_536  # as echoscope has it
PIPE_BYTES = 1_048_576

# A connection waits for input alone. What has a handler also waits for EPOLLRDNORM, which comes with every input, and
# so the event tells one from the other.
_MESSAGE = select.EPOLLIN
_HANDLED = select.EPOLLIN | select.EPOLLRDNORM


class Bare:
    """A listener, its connections by their descriptors, and what their peers have not taken yet."""

    def __init__(self, port: int) -> None:
        self._epoll = select.epoll()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self._listener.setblocking(False)
        self._epoll.register(self._listener, _HANDLED)
        self._owed: dict[int, bytes] = {}

    def splice(self) -> None:
        """Echo through a pipe, for ever."""
        outlet, inlet = os.pipe2(os.O_NONBLOCK)
        fcntl.fcntl(inlet, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        poll, splice = self._epoll.poll, os.splice
        while True:
            for fd, event in poll():
                if event != _MESSAGE:
                    self._handle(fd)
                    continue
                count = sent = 0
                try:
                    count = splice(fd, inlet, TURN_BYTES)
                    sent = splice(outlet, fd, count)
                except BlockingIOError:
                    pass
                except OSError:
                    if count:
                        os.read(outlet, count)
                    os.close(fd)
                    continue
                if sent != count:
                    self._owe(fd, os.read(outlet, count - sent))
                elif not count:
                    os.close(fd)

    def copy(self) -> None:
        """Echo through memory, for ever."""
        poll, read, write = self._epoll.poll, os.read, os.write
        while True:
            for fd, event in poll():
                if event != _MESSAGE:
                    self._handle(fd)
                    continue
                data, sent = b"", 0
                try:
                    data = read(fd, TURN_BYTES)
                    sent = write(fd, data)
                except BlockingIOError:
                    pass
                except OSError:
                    os.close(fd)
                    continue
                if sent != len(data):
                    self._owe(fd, data[sent:])
                elif not data:
                    os.close(fd)

    def _owe(self, fd: int, data: bytes) -> None:
        """Read no more from a connection until its peer has taken this."""
        self._owed[fd] = data
        self._epoll.modify(fd, select.EPOLLOUT)

    def _handle(self, fd: int) -> None:
        if fd == self._listener.fileno():
            self._accept()
            return
        data = self._owed.pop(fd, b"")
        try:
            sent = os.write(fd, data)
        except OSError:
            os.close(fd)
            return
        if sent < len(data):
            self._owed[fd] = data[sent:]
        else:
            self._epoll.modify(fd, _MESSAGE)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                sock, _ = self._listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._epoll.register(sock.detach(), _MESSAGE)


if __name__ == "__main__":
    bare = Bare(int(sys.argv[2]))
    bare.splice() if sys.argv[1] == "bare-splice" else bare.copy()
