"""Packets of one network interface, with the kernel's time stamps."""

import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from services.tap.filter import attach, program

# Ethernet, IPv6 and TCP with all of its options are 134 bytes: headers, whatever they hold, and some payload.
SNAP_BYTES = 256

# A burst waits here while Python is busy. The kernel gives as much of it as net.core.rmem_max allows.
_RECEIVE_BUFFER_BYTES = 8 * 1_048_576

# Packets in one turn, so that a flood does not keep the tap from its other duties.
_PACKETS_PER_TURN = 1024

_ETH_P_ALL = 0x0003
_ARPHRD_ETHERNET, _ARPHRD_LOOPBACK = 1, 772
_SO_TIMESTAMPNS = 35
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_AUXDATA = 263, 6, 8

_timespec = struct.Struct("ll")
_auxdata = struct.Struct("IIIHHHH")  # status, length, captured length, MAC and network offsets, VLAN
_statistics = struct.Struct("II")  # packets, drops
_ANCILLARY_BYTES = socket.CMSG_SPACE(_timespec.size) + socket.CMSG_SPACE(_auxdata.size)


class CaptureImpossible(Exception):
    """The interface cannot be captured."""

    def __init__(self, interface: str, why: str) -> None:
        self.interface, self.why = interface, why
        super().__init__(f"ECHO_TAP_INTERFACE (--interface) is {interface!r}: {why}")


class Captured(NamedTuple):
    """A frame as the interface saw it: `data` is what was kept of `original_length` bytes."""

    t_ns: int
    data: bytes
    original_length: int


class Capture:
    """The segments of one TCP port on one interface."""

    def __init__(self, interface: str, port: int) -> None:
        """Raise CaptureImpossible."""
        try:
            # Of no protocol until it is bound: nothing may get in before the filter is there.
            self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        except PermissionError:
            raise CaptureImpossible(interface, "capturing needs root with CAP_NET_RAW") from None
        try:
            attach(self._sock, program(port, SNAP_BYTES))
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            self._sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._sock.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
            self._sock.bind((interface, _ETH_P_ALL))
        except OSError as error:
            self.close()
            raise CaptureImpossible(interface, f"cannot be captured ({error.strerror})") from None
        hardware = self._sock.getsockname()[3]
        if hardware not in (_ARPHRD_ETHERNET, _ARPHRD_LOOPBACK):
            self.close()
            raise CaptureImpossible(interface, "should be an Ethernet, or loopback")
        # On loopback each packet passes twice, once each way.
        self._passed_over = socket.PACKET_OUTGOING if hardware == _ARPHRD_LOOPBACK else None

    def fileno(self) -> int:
        """Let it be waited for."""
        return self._sock.fileno()

    def packets(self) -> Iterator[Captured]:
        """Give what has come, up to a turn's worth; raise OSError when the interface is gone or down."""
        for _ in range(_PACKETS_PER_TURN):
            try:
                data, ancillary, _, sender = self._sock.recvmsg(SNAP_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            if sender[2] == self._passed_over:
                continue
            t_ns, original_length = 0, len(data)
            for level, kind, value in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                    seconds, nanoseconds = _timespec.unpack_from(value)
                    t_ns = seconds * 1_000_000_000 + nanoseconds
                elif (level, kind) == (_SOL_PACKET, _PACKET_AUXDATA):
                    original_length = _auxdata.unpack_from(value)[1]
            yield Captured(t_ns, data, original_length)

    def count_drops(self) -> int:
        """Return how many packets the kernel dropped since the last time: it forgets them when asked."""
        statistics = self._sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _statistics.size)
        return int(_statistics.unpack(statistics)[1])

    def close(self) -> None:
        """Stop capturing."""
        self._sock.close()
