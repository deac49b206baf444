"""Which packets the kernel hands to the tap: a classic BPF program for the segments of one TCP port, also inside VXLAN.

The kernel runs it before it copies a packet, so other traffic costs next to nothing. It understands Ethernet without a
VLAN tag; IPv4, with options too; IPv6 without extension headers (the TCP of this system sends none), or with that of a
fragment; and all of this once more inside VXLAN, which is how an overlay network crosses from host to host (RFC 7348).
A later fragment has no ports: of TCP and of UDP, which may be VXLAN, all are kept; the scope knows which belong to a
first one.
"""

import ctypes
import socket
import struct
from typing import NamedTuple

_SO_ATTACH_FILTER = 26  # include/uapi/asm-generic/socket.h

# Codes of include/uapi/linux/bpf_common.h, by the names of its assembler (Documentation/networking/filter.rst). Where a
# load ends in _X, register X is added to the place that it loads from.
_LDH_X, _LDB_X, _LD_M, _ST_M, _LDX = 0x48, 0x50, 0x60, 0x02, 0x01
_TAX, _TXA, _ADD, _ADD_X, _AND, _LSH = 0x07, 0x87, 0x04, 0x0C, 0x54, 0x64
_JA, _JEQ, _JSET, _RET = 0x05, 0x15, 0x45, 0x06

_FRAGMENT_OFFSET, _IPV6_FRAGMENT_OFFSET = 0x1FFF, 0xFFF8

_ETHERNET, _IPV6, _IPV6_FRAGMENT = 14, 40, 8  # bytes of their headers
_UDP_AND_VXLAN = 16
_VXLAN_PORT = 4789  # Docker's, and the one that is assigned to it

# No label: the program goes on with the next step.
_NEXT = ""


class _Step(NamedTuple):
    code: int
    value: int = 0
    if_true: str = _NEXT
    if_false: str = _NEXT
    label: str = ""


def program(port: int, snap_length: int) -> bytes:
    """Return the instructions (struct sock_filter) that keep so many bytes of each segment from or to a port."""
    steps = [
        _Step(_LDX, 0),  # X: where the frame begins
        *_find_transport("outer", if_udp="tunnel", if_later_udp="keep"),
        _Step(_LDH_X, _ETHERNET + 2, label="tunnel"),  # the destination's port
        _Step(_JEQ, _VXLAN_PORT, _NEXT, "drop"),
        *_move(_ETHERNET + _UDP_AND_VXLAN),
        *_find_transport("inner", if_udp="drop", if_later_udp="drop"),
        _Step(_LDH_X, _ETHERNET, label="TCP"),  # the source's port
        _Step(_JEQ, port, "keep"),
        _Step(_LDH_X, _ETHERNET + 2),
        _Step(_JEQ, port, "keep", "drop"),
        _Step(_RET, snap_length, label="keep"),
        _Step(_RET, 0, label="drop"),
    ]
    place = {step.label: index for index, step in enumerate(steps) if step.label}

    def packed(index: int, step: _Step) -> bytes:
        true, false = (place[label] - index - 1 if label else 0 for label in (step.if_true, step.if_false))
        # An unconditional jump has its distance where the others have their value.
        return struct.pack("HBBI", step.code, *((0, 0, true) if step.code == _JA else (true, false, step.value)))

    return b"".join(packed(index, step) for index, step in enumerate(steps))


def _find_transport(level: str, *, if_udp: str, if_later_udp: str) -> list[_Step]:
    """Return the steps from a frame that begins at X to "TCP", to where UDP goes, "keep" or "drop".

    There X has grown by the length of the IP header: what is behind it is found as if it were right behind Ethernet.
    """
    ipv4, fragment, later, transport = (f"{level} {name}" for name in ("IPv4", "fragment", "later", "transport"))
    protocol = 0  # the place in memory that holds it
    return [
        _Step(_LDH_X, 12),  # EtherType
        _Step(_JEQ, 0x0800, ipv4),
        _Step(_JEQ, 0x86DD, _NEXT, "drop"),
        _Step(_LDB_X, 20),  # next header
        _Step(_JEQ, socket.IPPROTO_FRAGMENT, fragment),
        _Step(_ST_M, protocol),
        *_move(_IPV6),
        _Step(_JA, if_true=transport),
        _Step(_LDB_X, 54, label=fragment),  # next header
        _Step(_ST_M, protocol),
        _Step(_LDH_X, 56),  # fragment offset and flags
        _Step(_JSET, _IPV6_FRAGMENT_OFFSET, later),
        *_move(_IPV6 + _IPV6_FRAGMENT),
        _Step(_JA, if_true=transport),
        _Step(_LDB_X, 23, label=ipv4),  # protocol
        _Step(_ST_M, protocol),
        _Step(_LDH_X, 20),  # flags and fragment offset
        _Step(_JSET, _FRAGMENT_OFFSET, later),
        _Step(_LDB_X, 14),  # version, and the header's length in words
        _Step(_AND, 0x0F),
        _Step(_LSH, 2),
        _Step(_ADD_X),
        _Step(_TAX),
        _Step(_LD_M, protocol, label=transport),
        _Step(_JEQ, socket.IPPROTO_TCP, "TCP"),
        _Step(_JEQ, socket.IPPROTO_UDP, if_udp, "drop"),
        _Step(_LD_M, protocol, label=later),
        _Step(_JEQ, socket.IPPROTO_TCP, "keep"),
        _Step(_JEQ, socket.IPPROTO_UDP, if_later_udp, "drop"),
    ]


def _move(size: int) -> list[_Step]:
    """Return the steps that add so many bytes to X."""
    return [_Step(_TXA), _Step(_ADD, size), _Step(_TAX)]


def attach(sock: socket.socket, instructions: bytes) -> None:
    """Attach a program to a socket: packets that the program does not keep never reach the socket."""
    # struct sock_fprog holds the address of the instructions. The kernel copies them before the call returns.
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    size = struct.calcsize("HBBI")
    sock.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(instructions) // size, ctypes.addressof(kept))
    )
