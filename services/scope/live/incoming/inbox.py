"""Receives call records as datagrams; counts those that were lost, and those that are no records."""

import socket
import struct
import time

from services.scope.calls.records import NotARecord, Notice, NoticeKind, Record, parse

# The kernel doubles it, caps it at net.core.rmem_max, and charges a record of 450 bytes with 1,280 or so: at the least
# some 300 records, a turn of the loop at the rate that two services may send at most (shared.watch).
_RECEIVE_BUFFER_BYTES = 4_194_304

# Most bytes of a datagram, which bounds what is kept of a record; one has about 450.
_MAX_DATAGRAM_BYTES = 2048

# Most records in one turn, so that a flood of them does not keep the loop from the packets.
_DATAGRAMS_PER_TURN = 512

_SO_RXQ_OVFL = 40  # include/uapi/asm-generic/socket.h: how many the kernel has dropped so far, with each datagram
_u32 = struct.Struct("=I")
_WRAP = 2**32


class Inbox:
    """One UDP socket; `lost` and `refused` count datagrams so far, `why_refused` tells of the last of these."""

    def __init__(self, sock: socket.socket) -> None:
        self.lost = 0
        self.refused = 0
        self.why_refused = ""
        self._sock = sock
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)

    def read(self) -> list[Record]:
        """Return the records that have come, up to a turn's worth, and a notice of those that were lost."""
        records: list[Record] = []
        lost = self.lost
        for _ in range(_DATAGRAMS_PER_TURN):
            try:
                datagram, ancillary, flags, _ = self._sock.recvmsg(_MAX_DATAGRAM_BYTES, socket.CMSG_SPACE(_u32.size))
            except BlockingIOError:
                break
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL:
                    self.lost += (_u32.unpack(data)[0] - self.lost) % _WRAP
            record = self._record(datagram, flags)
            if record is not None:
                records.append(record)
        if self.lost > lost:
            records.append(Notice(NoticeKind.RECORDS_LOST, "scope", time.time_ns(), count=self.lost - lost))
        return records

    def _record(self, datagram: bytes, flags: int) -> Record | None:
        try:
            record = None if flags & socket.MSG_TRUNC else parse(datagram)
        except NotARecord as why:
            self.why_refused = str(why)
        else:
            if record is not None:
                return record
            long = f"is longer than {_MAX_DATAGRAM_BYTES} bytes"
            self.why_refused = long if flags & socket.MSG_TRUNC else "is a log's line, and no record"
        self.refused += 1
        return None
