"""The memory that the kernel writes captured packets into (PACKET_RX_RING, TPACKET_V2: see packet_mmap).

Without it packets wait in the socket's buffer, and each counts there with all the memory it was sent in: where the
kernel cuts segments late (GSO) that is 64 KiB, of which we keep some headers. A handful of them would fill the buffer.
"""

import mmap
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

# Room for 0.4 s at 40,000 packets a second; 8 MiB in all. A slot needs 66 bytes for its own headers and 256 for what is
# kept of a packet.
_SLOT_BYTES = 512
_SLOTS = 16_384
_BLOCK_BYTES = 65_536

# At most so many packets in one turn: even in a flood the tap has to look at its stop signal and its report.
_PACKETS_PER_TURN = 1024

# include/uapi/linux/if_packet.h
_SOL_PACKET, _PACKET_RX_RING, _PACKET_VERSION, _TPACKET_V2 = 263, 5, 10, 1
_STATUS_KERNEL, _STATUS_USER = 0, 1

_request = struct.Struct("IIII")  # struct tpacket_req: size and number of blocks, size and number of slots
_status = struct.Struct("I")
# struct tpacket2_hdr: status, length, kept length, offset of the frame, time; sockaddr_ll after it: kind of packet.
_header = struct.Struct("IIIHxxII8x10xB")


class Captured(NamedTuple):
    """A frame as the interface saw it: `data` is what was kept of `original_length` bytes."""

    t_ns: int
    data: bytes
    original_length: int
    kind: int  # PACKET_HOST, PACKET_OUTGOING, ...


class Ring:
    """The slots of one packet socket, which is not bound yet."""

    def __init__(self, sock: socket.socket) -> None:
        """Raise OSError where the kernel does not have that much memory."""
        blocks = _SLOTS * _SLOT_BYTES // _BLOCK_BYTES
        sock.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V2)
        sock.setsockopt(_SOL_PACKET, _PACKET_RX_RING, _request.pack(_BLOCK_BYTES, blocks, _SLOT_BYTES, _SLOTS))
        self._memory = mmap.mmap(sock.fileno(), _SLOTS * _SLOT_BYTES)
        self._next = 0

    def packets(self) -> Iterator[Captured]:
        """Give the packets that are there, at most a turn's, and their slots back to the kernel."""
        for _ in range(_PACKETS_PER_TURN):
            slot = self._next * _SLOT_BYTES
            status, length, kept, frame, seconds, nanoseconds, kind = _header.unpack_from(self._memory, slot)
            if not status & _STATUS_USER:
                return
            start = slot + frame
            packet = Captured(seconds * 1_000_000_000 + nanoseconds, self._memory[start : start + kept], length, kind)
            _status.pack_into(self._memory, slot, _STATUS_KERNEL)
            self._next = (self._next + 1) % _SLOTS
            yield packet

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
