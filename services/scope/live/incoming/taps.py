"""Receives packets from taps: TCP connections that come and go, each with its own stream."""

import itertools
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from services.scope.capture.frames import CaptureError, Frame
from services.scope.live.incoming.stream import PcapStream
from shared.calls import address
from shared.log import Log
from shared.pcap import Lost
from shared.sockets import concerns_one_connection

_READ_BYTES = 262_144

# Most taps at once: a Swarm has one on each node. What is not whole yet of a stream takes 256 KiB of memory at most.
_MAX_TAPS = 64

# A tap sends its beginning at once. On a published port strangers may connect as well, and say nothing.
_BEGIN_WITHIN_S = 10.0

# A tap whose network namespace is gone can send no FIN. Keep-alive finds it after 5 + 3 * 5 s of silence.
_KEEPALIVE_IDLE_S, _KEEPALIVE_INTERVAL_S, _KEEPALIVE_PROBES = 5, 5, 3

# A function that takes a tap's name, and whole records, both as raw bytes and as frames.
Take = Callable[[str, bytes, list[Frame]], None]

# A function that takes a tap's name, and what that has lost.
Miss = Callable[[str, Lost], None]


@dataclass(slots=True, eq=False)
class _Tap:
    sock: socket.socket
    address: str
    ip: str
    stream: PcapStream
    heard_s: float

    @property
    def name(self) -> str:
        """Return where it stands: one that comes again after its connection broke has the same name."""
        return self.stream.name or self.ip


class Taps:
    """The taps that are connected, registered with the loop's selector; `were_there` tells whether any ever was."""

    def __init__(
        self, listeners: list[socket.socket], selector: selectors.BaseSelector, take: Take, miss: Miss, log: Log
    ) -> None:
        self.were_there = False
        self._selector = selector
        self._take = take
        self._miss = miss
        self._log = log
        self._numbers = itertools.count(1)
        self._taps: list[_Tap] = []
        self._paused: list[socket.socket] = []
        self._overloaded = False
        for listener in listeners:
            self._listen(listener)

    @property
    def names(self) -> tuple[str, ...]:
        """Where those that are connected stand."""
        return tuple(tap.name for tap in self._taps)

    def tend(self) -> None:
        """Let go of who has not begun, and wait for taps again after an overload; to be called once a second."""
        now_s = time.monotonic()
        for tap in self._taps[:]:
            if not tap.stream.is_begun and now_s - tap.heard_s > _BEGIN_WITHIN_S:
                self._drop(tap, f"it has not begun within {_BEGIN_WITHIN_S:g} s")
        paused, self._paused = self._paused, []
        for listener in paused:
            self._listen(listener)

    def close(self) -> None:
        """Let go of all of them."""
        for tap in self._taps[:]:
            self._forget(tap)

    def _listen(self, listener: socket.socket) -> None:
        try:
            self._selector.register(listener, selectors.EVENT_READ, lambda: self._accept(listener))
        except OSError as error:  # ENOSPC, ENOMEM
            self._overload(listener, error)

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, sockaddr = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            if not concerns_one_connection(error):
                self._selector.unregister(listener)
                self._overload(listener, error)
            return
        self._overloaded = False
        try:
            self._adopt(sock, sockaddr)
        except OSError as error:
            self._log.warning("tap_not_accepted", why=error.strerror)
            sock.close()

    def _overload(self, listener: socket.socket, error: OSError) -> None:
        """Leave the accept queue to the kernel until tend(): descriptors, memory or epoll watches have run out.

        Otherwise epoll would report the waiting tap again and again. Logged once until a tap is accepted.
        """
        if not self._overloaded:
            self._log.warning("tap_not_accepted", why=error.strerror)
        self._overloaded = True
        self._paused.append(listener)

    def _adopt(self, sock: socket.socket, sockaddr: tuple[str, int]) -> None:
        """Take a new connection; raise OSError, with nothing changed, where epoll has no room for it."""
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _KEEPALIVE_PROBES)
        if len(self._taps) >= _MAX_TAPS:
            # One that brings packets stays, whoever else connects; one that is dropped connects again with its next.
            self._drop(min(self._taps, key=lambda tap: tap.heard_s), f"there are more than {_MAX_TAPS}")
        ip = sockaddr[0].removeprefix("::ffff:")
        tap = _Tap(sock, address(sockaddr), ip, PcapStream(self._numbers), time.monotonic())
        self._selector.register(sock, selectors.EVENT_READ, lambda: self._read(tap))
        self._taps.append(tap)
        self._log.info("tap_connected", tap=tap.address)

    def _read(self, tap: _Tap) -> None:
        try:
            data = tap.sock.recv(_READ_BYTES)
            if data:
                was_named = tap.stream.name
                records, frames = tap.stream.feed(data)
                if tap.stream.is_begun:
                    tap.heard_s = time.monotonic()
                self.were_there = True  # a stranger's connection has been refused by now
                if tap.stream.name != was_named:
                    self._log.info("tap_named", tap=tap.address, name=tap.name)
                self._take(tap.name, records, frames)
                lost, tap.stream.lost = tap.stream.lost, []
                for one in lost:
                    self._miss(tap.name, one)
                return
            tap.stream.end()
        except BlockingIOError:
            return
        except CaptureError as error:
            self._log.warning("tap_stream_refused", tap=tap.address, why=str(error))
        except OSError as error:
            self._log.warning("tap_lost", tap=tap.address, why=error.strerror)
        else:
            self._log.info("tap_finished", tap=tap.address)
        self._forget(tap)

    def _drop(self, tap: _Tap, why: str) -> None:
        self._log.warning("tap_dropped", tap=tap.address, why=why)
        self._forget(tap)

    def _forget(self, tap: _Tap) -> None:
        self._taps.remove(tap)
        self._selector.unregister(tap.sock)
        tap.sock.close()
