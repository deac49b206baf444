"""What an IPv4 packet is wrapped in, by hand."""

import struct
from collections.abc import Callable
from typing import NamedTuple

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import Frame
from services.scope.capture.layers.fragments import Fragments
from services.scope.capture.layers.layer import Reason, Walk
from services.scope.tunnels import Tunnel
from tests.unit.services.scope.harness.wire import ipv4

ETHERNET = 1

_OUTER = "192.0.2.1", "192.0.2.2"
OUTER_6 = "2001:db8::1", "2001:db8::2"
ADDRESSES = b"\x00\x1b\x21\0\0\x01\x00\x1b\x21\0\0\x02"  # a maker's: tshark tells Ethernet in MPLS by them


class Wrapping(NamedTuple):
    """What a packet is put into: a capture's link type, the bytes around it, the tunnels that are to be named."""

    link_type: int
    wrap: Callable[[bytes], bytes]
    tunnels: tuple[Tunnel, ...] = ()


def ethernet(payload: bytes, ether_type: int = 0x0800) -> bytes:
    """Return an Ethernet frame."""
    return ADDRESSES + struct.pack("!H", ether_type) + payload


def carried(protocol: int, payload: bytes) -> bytes:
    """Return an IPv4 packet of the tunnel's ends."""
    return ipv4(*_OUTER, payload, protocol=protocol)


def udp(port: int, payload: bytes) -> bytes:
    """Return an IPv4 packet with a datagram for this port."""
    return carried(17, struct.pack("!HHHH", 50_000, port, 8 + len(payload), 0) + payload)


def not_found(link_type: int, frame: bytes) -> Reason:
    """Return why nothing is read of a frame."""
    decoder = Decoder()
    assert decoder.decode(Frame(1, 0, link_type, frame, len(frame))) is None
    (reason,) = decoder.skipped
    return reason


def walk_over(data: bytes, at: int, end: int) -> Walk:
    """Return a walk through a packet that is not in fragments."""
    return Walk(data, at, end, Fragments())
