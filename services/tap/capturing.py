"""Packets of one network interface, with the kernel's time stamps."""

import os
import socket
import struct
from collections.abc import Iterator

from services.tap.filter import attach, program
from services.tap.ring import Captured, Ring

# What is kept of a packet: all headers (Ethernet, IPv6, and TCP with all options are 114 bytes; with VXLAN around them,
# behind IPv4 with all options, 212) and some payload.
SNAP_BYTES = 256

_ETH_P_ALL = 0x0003
_ARPHRD_ETHERNET, _ARPHRD_LOOPBACK = 1, 772  # include/uapi/linux/if_arp.h
_SO_TIMESTAMPNS = 35  # include/uapi/asm-generic/socket.h
_SOL_PACKET, _PACKET_STATISTICS = 263, 6  # include/uapi/linux/if_packet.h

_statistics = struct.Struct("II")  # struct tpacket_stats: packets, drops


class CaptureImpossible(Exception):
    """The interface cannot be captured."""

    def __init__(self, interface: str, why: str) -> None:
        self.interface, self.why = interface, why
        super().__init__(f"ECHO_TAP_INTERFACE (--interface) is {interface!r}: {why}")


class Capture:
    """The segments of one TCP port on one interface."""

    def __init__(self, interface: str, port: int) -> None:
        """Raise CaptureImpossible."""
        try:
            # Protocol 0 receives nothing until bind() names one: no packet gets in before the filter is attached.
            self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise CaptureImpossible(interface, "capturing needs root with CAP_NET_RAW") from None
        try:
            attach(self._sock, program(port, SNAP_BYTES))
            # The kernel stamps a packet when it enters or leaves the network stack, not when it reaches this socket.
            self._sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._ring = Ring(self._sock)
            self._sock.bind((interface, _ETH_P_ALL))
        except OSError as error:
            self._sock.close()
            raise CaptureImpossible(interface, f"cannot be captured ({error.strerror})") from None
        hardware = self._sock.getsockname()[3]
        if hardware not in (_ARPHRD_ETHERNET, _ARPHRD_LOOPBACK):
            self.close()
            raise CaptureImpossible(interface, "should be an Ethernet interface or loopback")
        # On loopback each packet is seen twice, going out and coming in: one of them is enough.
        self._passed_over = socket.PACKET_OUTGOING if hardware == _ARPHRD_LOOPBACK else None

    def fileno(self) -> int:
        """Return the descriptor, so that poll() can wait for packets."""
        return self._sock.fileno()

    def packets(self) -> Iterator[Captured]:
        """Give the packets that are there, at most a turn's; raise OSError when the interface is gone or down."""
        for packet in self._ring.packets():
            if packet.kind != self._passed_over:
                yield packet
        if error := self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))

    def count_drops(self) -> int:
        """Return how many packets the kernel has dropped since the last call: reading its counter sets it to zero."""
        statistics = self._sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _statistics.size)
        return int(_statistics.unpack(statistics)[1])

    def close(self) -> None:
        """Stop capturing."""
        self._ring.close()
        self._sock.close()
