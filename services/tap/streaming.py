"""The packets' way to the scope: a pcap stream over one TCP connection, and over another whenever that breaks.

A thread of its own does what can take long (name look-ups, connecting, sending), so that capturing never waits for the
scope.
"""

import errno
import os
import random
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import reduce

from shared.calls import address
from shared.log import Log
from shared.pcap import (
    LINKTYPE_ETHERNET,
    RECORD_HEADER,
    Lost,
    file_header,
    losing_frame,
    lost_in,
    naming_frame,
    record,
)

# What is kept while the scope is away: about a minute of a busy echo (1,000 packets a second).
_BUFFER_BYTES = 16 * 1_048_576

# So many packets go into one send() at most: under load there are far fewer system calls than packets.
_BATCH_PACKETS = 256

_CONNECT_TIMEOUT_S = 5.0
_SEND_TIMEOUT_S = 10.0  # a scope that does not read for so long is taken for gone

# Pauses between attempts double, and each is shortened at random, so that several taps do not try at the same moment.
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_LONGEST_PAUSE_AT_START_S = 0.5  # the scope is about to be there: whoever has started both waits for the first packets


class Stream:
    """Sends records to the scope in order; counts those that cannot have arrived, and tells the scope of them."""

    def __init__(
        self, scope: tuple[str, int], snap_length: int, log: Log, *, name: str = "", quiet_s: float = 0
    ) -> None:
        """Raise RuntimeError where no thread can be had.

        `name` is what the scope is told of where the packets come from; without one it goes by the tap's address.
        Services start in any order: that the scope is not there yet is no news for the first `quiet_s` seconds.
        """
        self._scope = scope
        self._quiet_until_s = time.monotonic() + quiet_s
        self._beginning = file_header(LINKTYPE_ETHERNET, snap_length)
        if name:
            frame = naming_frame(name)
            self._beginning += record(time.time_ns(), frame, len(frame))
        self._log = log
        self._records: deque[bytes] = deque()
        self._buffered_bytes = 0
        self._lost = 0
        self._untold: Lost | None = None
        self._changed = threading.Condition()
        self._closing = False
        # A daemon: a name look-up cannot be interrupted, and the process does not wait for it when it ends.
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)
        self._thread.start()

    def put(self, record: bytes) -> None:
        """Queue a record, or count it as lost where there is no room; never wait."""
        with self._changed:
            if self._buffered_bytes + len(record) > _BUFFER_BYTES:
                self._lost += 1
                self._untold = _lost_with(record).with_(self._untold)
                return
            self._records.append(record)
            self._buffered_bytes += len(record)
            self._changed.notify()

    def tell(self, lost: Lost) -> None:
        """Tell the scope of packets that were lost before they came here."""
        with self._changed:
            self._untold = lost.with_(self._untold)
            self._changed.notify()

    def count_lost(self) -> int:
        """Return how many records were lost since the last call."""
        with self._changed:
            lost, self._lost = self._lost, 0
        return lost

    def close(self, within_s: float) -> None:
        """Send what is queued, within so many seconds, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(within_s)
        with self._changed:
            self._lost += _count_packets(self._records)

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        was_news: bool | None = None  # how this outage was told; None: not yet
        while not self._closing:
            try:
                with socket.create_connection(self._scope, _CONNECT_TIMEOUT_S) as sock:
                    sock.settimeout(_SEND_TIMEOUT_S)
                    sock.sendall(self._beginning)
                    self._log.info("scope_connected", scope=address(self._scope))
                    pause_s, was_news, self._quiet_until_s = _FIRST_PAUSE_S, None, 0.0
                    self._send_all(sock)
            except (OSError, UnicodeError) as error:
                is_news = time.monotonic() >= self._quiet_until_s
                if was_news is None or (is_news and not was_news):
                    was_news = is_news
                    level = self._log.warning if is_news else self._log.debug
                    level("scope_unreachable", scope=address(self._scope), why=_reason(error))
            else:
                return
            with self._changed:
                part = random.uniform(0.5, 1)  # noqa: S311 - not a secret
                self._changed.wait_for(lambda: self._closing, pause_s * part)
            is_start = time.monotonic() < self._quiet_until_s
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_AT_START_S if is_start else _LONGEST_PAUSE_S)

    def _send_all(self, sock: socket.socket) -> None:
        """Send records until closed and nothing is left; raise OSError when the connection breaks."""
        while batch := self._take():
            if select.select([sock], [], [], 0)[0]:
                # The scope never writes, so this is its FIN or RST. A first send would still succeed, and be lost.
                self._put_back(batch)
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
            try:
                sock.sendall(b"".join(batch))
            except OSError:
                # Some of what was sent before may be lost as well: TCP does not tell how much.
                with self._changed:
                    self._lost += _count_packets(batch)
                    # It is told first of all: the conversations that it is of come to their end before the others.
                    self._queue(reduce(Lost.with_, map(_lost_with, batch)), self._records.appendleft)
                raise

    def _take(self) -> list[bytes]:
        with self._changed:
            self._changed.wait_for(lambda: self._records or self._untold or self._closing)
            if self._untold is not None:
                self._queue(self._untold, self._records.append)
                self._untold = None
            batch = [self._records.popleft() for _ in range(min(len(self._records), _BATCH_PACKETS))]
            self._buffered_bytes -= sum(map(len, batch))
        return batch

    def _put_back(self, batch: list[bytes]) -> None:
        with self._changed:
            self._records.extendleft(reversed(batch))
            self._buffered_bytes += sum(map(len, batch))

    def _queue(self, lost: Lost, add: Callable[[bytes], None]) -> None:
        """Queue a record that tells of packets that were lost; it is small, and has room where nothing else has."""
        frame = losing_frame(lost)
        told = record(lost.last_ns, frame, len(frame))
        add(told)
        self._buffered_bytes += len(told)


def _lost_with(record: bytes) -> Lost:
    """Return what is lost with a record: its packet, or the packets that it tells of."""
    seconds, nanoseconds, _, _ = RECORD_HEADER.unpack_from(record)
    t_ns = seconds * 1_000_000_000 + nanoseconds
    return lost_in(record[RECORD_HEADER.size :]) or Lost(1, t_ns, t_ns)


def _count_packets(records: Iterable[bytes]) -> int:
    return sum(1 for one in records if lost_in(one[RECORD_HEADER.size :]) is None)


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):  # a label that is empty or over 63 characters
        return "it is no host name"
    return error.strerror or str(error)
