"""Receives call records, and seconds of loads, as datagrams; counts what was lost, and what is neither."""

import socket
import struct
import time
from collections.abc import Callable, Iterator

from services.scope.calls.records import NotARecord, Notice, NoticeKind, Record, object_in, record_in
from services.scope.live.incoming.numbers import Gap, NumbersSeen
from shared.load.second import LOAD, LoadSecond, NoSecond, second_of

# The kernel doubles this, but gives no more than twice net.core.rmem_max, and counts some 1,280 bytes for a record of
# 450. With its usual limit (212,992) there is room for 300 records: as many as two services may send (shared.watch)
# during one turn of the loop.
_RECEIVE_BUFFER_BYTES = 4_194_304

# Most bytes of a call record or notice, which bounds what is kept of it; one has about 450.
_MAX_RECORD_BYTES = 2048

# A second of a load has two histograms: some 2 KiB, and never more than a datagram of UDP.
_MAX_LOAD_BYTES = 65_536

# Most records in one turn, so that a flood of them does not keep the loop from the packets.
_DATAGRAMS_PER_TURN = 512

_SO_RXQ_OVFL = 40  # include/uapi/asm-generic/socket.h: how many the kernel has dropped so far, with each datagram
_u32 = struct.Struct("=I")
_WRAP = 2**32

# A sender's gap is what the kernel has dropped here so recently, and not counted again.
_SAME_LOSS_S = 10.0


def _ignore(_: LoadSecond) -> None:
    """Nobody looks at loads."""


class Inbox:
    """One UDP socket; `lost`, `missing` and `refused` count datagrams so far, `why_refused` tells of the last of these.

    `lost` are those that the kernel had no room for here, `missing` those that never came here.
    `take_load` is called with each second of a load.
    """

    def __init__(self, sock: socket.socket, take_load: Callable[[LoadSecond], None] = _ignore) -> None:
        self.lost = self.missing = self.refused = 0
        self.why_refused = ""
        self._sock = sock
        self._take_load = take_load
        self._numbers = NumbersSeen()
        self._overflown, self._overflown_at_s = 0, 0.0  # of `lost`, what no gap has been explained with
        self._buffer = bytearray(_MAX_LOAD_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)

    def read(self) -> list[Record]:
        """Return the records that have come, up to a turn's worth, and notices of those that were lost.

        Call it often even if nothing comes: whether a record is late or lost, time tells.
        """
        records: list[Record] = []
        lost, now_s = self.lost, time.monotonic()
        for _ in range(_DATAGRAMS_PER_TURN):
            try:
                size, ancillary, _, _ = self._sock.recvmsg_into([self._buffer], socket.CMSG_SPACE(_u32.size))
            except BlockingIOError:
                break
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL:
                    self.lost += (_u32.unpack(data)[0] - self.lost) % _WRAP
            self._take(bytes(self._buffer[:size]), records, now_s)
        if self.lost > lost:
            self._overflown, self._overflown_at_s = self._overflown + self.lost - lost, now_s
            records.append(Notice(NoticeKind.RECORDS_LOST, "scope", time.time_ns(), count=self.lost - lost))
        records += (notice for gap in self._numbers.gaps(now_s) for notice in self._missing(gap, now_s))
        return records

    def _missing(self, gap: Gap, now_s: float) -> Iterator[Notice]:
        """Give a notice of what the network has lost of a gap; the rest was dropped here, and is counted there."""
        if now_s - self._overflown_at_s > _SAME_LOSS_S:
            self._overflown = 0
        dropped = min(gap.datagrams, self._overflown)
        self._overflown -= dropped
        count = gap.datagrams - dropped
        if count:
            self.missing += count
            kind = NoticeKind.RECORDS_MISSING
            yield Notice(kind, gap.service, time.time_ns(), count=count, host=gap.host)

    def _take(self, datagram: bytes, records: list[Record], now_s: float) -> None:
        """Add the record of a datagram, or hand on the second of a load; count what is neither."""
        is_long = len(datagram) > _MAX_RECORD_BYTES
        try:
            found = object_in(datagram)
            if not self._numbers.take(found, now_s):
                return
            record = None if is_long else record_in(found, datagram)
            if record is not None:
                records.append(record)
                return
            if LOAD in found:
                self._take_load(second_of(found))
                return
            self.why_refused = "is a log's line, and no record"
        except (NotARecord, NoSecond) as why:
            self.why_refused = str(why)
        if is_long:
            self.why_refused = f"is longer than {_MAX_RECORD_BYTES} bytes"
        self.refused += 1
