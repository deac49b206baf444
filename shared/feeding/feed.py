"""Sends records to the scope, one JSON object a datagram; it never blocks, never fails, and counts what is lost."""

import errno
import os
import socket
import time
from collections.abc import Sequence
from typing import Any

import orjson

from shared.calls import Call, address, as_record
from shared.feeding.numbering import FEED, SENT, Numbering
from shared.feeding.resolver import Address, Resolver
from shared.log import Log

# Datagrams held until the name server answers for the first time: a client's first session may be over before that.
_MAX_HELD = 64

# Losses are said, and listeners announced again, this often at the most.
_EVERY_NS = 1_000_000_000

# How long an ending process that still holds datagrams waits for the name server.
_LAST_ANSWER_S = 1.0

# The error of UDP for a port that is not bound on a host that is up.
_NOBODY_LISTENS = "ECONNREFUSED"


class Feed:
    """A connected, non-blocking UDP socket to `scope` (host, port), wherever that is at the moment.

    One thread sends. `dropped` counts the datagrams that the scope cannot have got: there was no address, the kernel
    took none (EAGAIN, ENOBUFS, EMSGSIZE, …), or nobody listened. What is lost further on, no sender of UDP learns: so
    each datagram that the kernel took has a number, and the scope finds what is missing. Where a datagram came back,
    the numbers begin anew: no loss is counted at both ends.
    """

    def __init__(
        self, scope: tuple[str, int], service: str, log: Log, resolver: Resolver | None = None, *, quiet_s: float = 0
    ) -> None:
        self.dropped = 0
        self._quiet_until_ns = time.monotonic_ns() + int(quiet_s * 1e9)
        self._scope = address(scope)
        self._resolver = resolver or Resolver(*scope)
        self._log = log
        self._who = {"service": service, "host": socket.gethostname()}
        self._sock: socket.socket | None = None
        self._connected_to: Address | None = None
        self._numbering = Numbering()
        self._held: list[tuple[bytes, bool]] = []  # each with whether it is to be numbered
        self._announcements: list[bytes] = []
        self._announce_due = False
        self._is_resolving = False
        self._why = "EAI_NONAME"
        self._said = self._told = 0
        self._flushed_ns = 0

    def start(self, announcements: Sequence[Call]) -> None:
        """Begin, in the process that will send.

        `announcements` are sent to every scope that turns up: how the listeners came to be, long before it did.
        """
        self._announcements = [_datagram(as_record(call)) for call in announcements]
        self._start_resolver()

    def send(self, record: Call) -> None:
        """Send a call record."""
        self._send(_datagram(as_record(record)))

    def report(self, record: dict[str, Any]) -> None:
        """Send a record of another kind, as its contract has it: without a number, since no ladder would miss it."""
        self._send(_datagram(record), is_numbered=False)

    def notify(self, notice: str, **facts: Any) -> None:
        """Send what is not a call, but about calls."""
        self._send(self._notice(notice, facts))

    def flush(self) -> None:
        """Follow the scope to its address, and once a second say what was lost; call it often.

        Where no thread could be had to look the name up, that is tried again.
        """
        self._follow()
        now_ns = time.monotonic_ns()
        if now_ns - self._flushed_ns < _EVERY_NS:
            return
        self._flushed_ns = now_ns
        if not self._is_resolving:
            self._start_resolver()
        if self._sock is not None:
            if self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._refused()
            if self._announce_due:
                self._announce_due = not self._offer(self._sock, *self._announcements)
            dropped = self.dropped
            if dropped > self._told:
                notice = self._notice("records_dropped", {"count": dropped - self._told})
                self._told = dropped if self._offer(self._sock, notice) else self._told
            self._tell_sent(self._sock)
        if now_ns < self._quiet_until_ns and self._why == _NOBODY_LISTENS:
            self._said = self.dropped  # services start in any order: a scope that is not there yet is no news
        if self.dropped > self._said:
            self._log.warning("records_dropped", count=self.dropped - self._said, scope=self._scope, why=self._why)
            self._said = self.dropped

    def close(self) -> None:
        """Send what is left, and log what was lost; a name server that has not answered yet is given a moment."""
        if self._held and self._is_resolving:
            self._resolver.wait_for_first(_LAST_ANSWER_S)
        self._resolver.stop()
        self._follow()
        self.dropped += len(self._held)
        self._flushed_ns = 0
        self.flush()
        if self._sock is not None:
            self._sock.close()

    def _start_resolver(self) -> None:
        self._is_resolving = self._resolver.start()
        self._why = "EAI_NONAME" if self._is_resolving else "EAGAIN"

    def _notice(self, notice: str, facts: dict[str, Any]) -> bytes:
        return _datagram({"notice": notice, **self._who, "pid": os.getpid(), **facts, "t_ns": time.time_ns()})

    def _tell_sent(self, sock: socket.socket) -> None:
        """Say how many were sent, where more were than was said: no later number tells that the last one was lost."""
        numbering = self._numbering
        if numbering.told == numbering.sent:
            return
        datagram = _datagram({SENT: numbering.sent, **self._who, "pid": os.getpid(), FEED: numbering.name})
        if self._offer(sock, datagram, is_numbered=False):
            numbering.told = numbering.sent

    def _send(self, datagram: bytes, *, is_numbered: bool = True) -> None:
        if self._connected_to is not self._resolver.address:
            self._follow()
        if self._sock is not None:
            self._transmit(self._sock, datagram, is_numbered=is_numbered)
        elif len(self._held) < _MAX_HELD:
            self._held.append((datagram, is_numbered))
        else:
            self.dropped += 1

    def _transmit(self, sock: socket.socket, datagram: bytes, *, is_numbered: bool) -> None:
        hand_over = self._hand_over if is_numbered else socket.socket.send
        try:
            try:
                hand_over(sock, datagram)
            except ConnectionRefusedError:
                # The error is an earlier datagram's, which is lost; this one has not been sent.
                self._refused()
                hand_over(sock, datagram)
        except OSError as error:
            self.dropped += 1
            self._why = _name(error)

    def _hand_over(self, sock: socket.socket, datagram: bytes) -> None:
        """Send a datagram with its number, which is the next one's if the kernel does not take it."""
        sock.send(self._numbering.numbered(datagram))
        self._numbering.sent += 1

    def _offer(self, sock: socket.socket, *datagrams: bytes, is_numbered: bool = True) -> bool:
        """Send datagrams that can be sent again later; tell whether they were accepted.

        Within one machine a refusal is there when send() returns; one from further away is found by the next call.
        """
        hand_over = self._hand_over if is_numbered else socket.socket.send
        try:
            for datagram in datagrams:
                hand_over(sock, datagram)
            is_accepted = not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        except OSError:
            is_accepted = False
        if not is_accepted:
            self._numbering.restart()
        return is_accepted

    def _refused(self) -> None:
        self.dropped += 1
        self._numbering.restart()
        self._why = _NOBODY_LISTENS
        self._announce_due = True  # whoever listens there next has not heard of our listeners

    def _follow(self) -> None:
        """Connect to the scope's present address, if it has changed, and send the datagrams held back."""
        address = self._resolver.address
        if address is None or address is self._connected_to:
            return
        if address != self._connected_to or self._sock is None:
            if self._sock is not None:
                self._sock.close()
                self._sock = None
            try:
                self._sock = _connected(address)
            except OSError as error:  # no route there: the resolver's next answer is another try
                self._why = _name(error)
            self._announce_due = True
            self._flushed_ns = 0
            self._numbering.restart()
        self._connected_to = address
        if self._sock is not None:
            held, self._held = self._held, []
            for datagram, is_numbered in held:
                self._transmit(self._sock, datagram, is_numbered=is_numbered)


def _connected(address: Address) -> socket.socket:
    family, sockaddr = address
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(sockaddr)
    except OSError:
        sock.close()
        raise
    return sock


def _datagram(record: Any) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, str(error))
