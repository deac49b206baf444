"""Which packets the kernel hands to the tap: a classic BPF program for the segments of one TCP port.

The kernel runs it before it copies a packet, so other traffic costs next to nothing. It understands Ethernet without a
VLAN tag; IPv4, with options too, but only first fragments (the others have no ports); IPv6 without extension headers
(the TCP of this system sends none).
"""

import ctypes
import socket
import struct
from typing import NamedTuple

_SO_ATTACH_FILTER = 26  # include/uapi/asm-generic/socket.h

# Codes of include/uapi/linux/bpf_common.h, by the names of its assembler (Documentation/networking/filter.rst).
_LDH, _LDB, _LDH_X, _LDX_HEADER = 0x28, 0x30, 0x48, 0xB1
_JEQ, _JSET, _RET = 0x15, 0x45, 0x06

_FRAGMENT_OFFSET = 0x1FFF

# No label: the program goes on with the next step.
_NEXT = ""


class _Step(NamedTuple):
    code: int
    value: int
    if_true: str = _NEXT
    if_false: str = _NEXT
    label: str = ""


def program(port: int, snap_length: int) -> bytes:
    """Return the instructions (struct sock_filter) that keep so many bytes of each segment from or to a port."""
    steps = [
        _Step(_LDH, 12),  # EtherType
        _Step(_JEQ, 0x0800, "IPv4"),
        _Step(_JEQ, 0x86DD, _NEXT, "drop"),
        _Step(_LDB, 20),  # next header
        _Step(_JEQ, socket.IPPROTO_TCP, _NEXT, "drop"),
        _Step(_LDH, 54),  # source port
        _Step(_JEQ, port, "keep"),
        _Step(_LDH, 56),  # destination port
        _Step(_JEQ, port, "keep", "drop"),
        _Step(_LDB, 23, label="IPv4"),  # protocol
        _Step(_JEQ, socket.IPPROTO_TCP, _NEXT, "drop"),
        _Step(_LDH, 20),  # flags and fragment offset
        _Step(_JSET, _FRAGMENT_OFFSET, "drop"),
        _Step(_LDX_HEADER, 14),  # X: the length of the IP header
        _Step(_LDH_X, 14),  # source port
        _Step(_JEQ, port, "keep"),
        _Step(_LDH_X, 16),  # destination port
        _Step(_JEQ, port, "keep", "drop"),
        _Step(_RET, snap_length, label="keep"),
        _Step(_RET, 0, label="drop"),
    ]
    place = {step.label: index for index, step in enumerate(steps) if step.label}

    def distance(index: int, label: str) -> int:
        return place[label] - index - 1 if label else 0

    return b"".join(
        struct.pack("HBBI", step.code, distance(index, step.if_true), distance(index, step.if_false), step.value)
        for index, step in enumerate(steps)
    )


def attach(sock: socket.socket, instructions: bytes) -> None:
    """Attach a program to a socket: packets that the program does not keep never reach the socket."""
    # struct sock_fprog holds the address of the instructions. The kernel copies them before the call returns.
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    size = struct.calcsize("HBBI")
    sock.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(instructions) // size, ctypes.addressof(kept))
    )
