"""Which packets the kernel hands to the tap: a classic BPF program for the segments of one TCP port.

The kernel runs it before it copies a packet, so other traffic costs next to nothing. It understands Ethernet without a
VLAN tag; IPv4, with options too; IPv6 without extension headers (the TCP of this system sends none), or with that of a
fragment. A later fragment has no ports: of TCP all are kept, and the scope knows which belong to a first one.
"""

import ctypes
import socket
import struct
from typing import NamedTuple

_SO_ATTACH_FILTER = 26  # include/uapi/asm-generic/socket.h

# Codes of include/uapi/linux/bpf_common.h, by the names of its assembler (Documentation/networking/filter.rst).
_LDH, _LDB, _LDH_X, _LDX_HEADER = 0x28, 0x30, 0x48, 0xB1
_JEQ, _JSET, _RET = 0x15, 0x45, 0x06

_FRAGMENT_OFFSET, _IPV6_FRAGMENT_OFFSET = 0x1FFF, 0xFFF8

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
        _Step(_JEQ, socket.IPPROTO_FRAGMENT, "fragment"),
        _Step(_JEQ, socket.IPPROTO_TCP, _NEXT, "drop"),
        *_check_ports(_LDH, 54, port),
        _Step(_LDB, 54, label="fragment"),  # next header
        _Step(_JEQ, socket.IPPROTO_TCP, _NEXT, "drop"),
        _Step(_LDH, 56),  # fragment offset and flags
        _Step(_JSET, _IPV6_FRAGMENT_OFFSET, "keep"),
        *_check_ports(_LDH, 62, port),
        _Step(_LDB, 23, label="IPv4"),  # protocol
        _Step(_JEQ, socket.IPPROTO_TCP, _NEXT, "drop"),
        _Step(_LDH, 20),  # flags and fragment offset
        _Step(_JSET, _FRAGMENT_OFFSET, "keep"),
        _Step(_LDX_HEADER, 14),  # X: the length of the IP header
        *_check_ports(_LDH_X, 14, port),
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


def _check_ports(load: int, at: int, port: int) -> list[_Step]:
    """Return the steps that keep a packet whose source's port, at `at`, or destination's, right behind, is this one."""
    return [
        _Step(load, at),
        _Step(_JEQ, port, "keep"),
        _Step(load, at + 2),
        _Step(_JEQ, port, "keep", "drop"),
    ]


def attach(sock: socket.socket, instructions: bytes) -> None:
    """Attach a program to a socket: packets that the program does not keep never reach the socket."""
    # struct sock_fprog holds the address of the instructions. The kernel copies them before the call returns.
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    size = struct.calcsize("HBBI")
    sock.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(instructions) // size, ctypes.addressof(kept))
    )
