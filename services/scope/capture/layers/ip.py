"""From an IP packet to what it carries: IPv4 with options and fragments, IPv6 with extension headers.

A first fragment that holds the next header counts as a packet with what it carries itself; a later one holds no header.
"""

import struct

from services.scope.capture.layers.layer import Next, NoSegment, Space, Walk
from services.scope.capture.layers.names import name
from services.scope.gaps import Lack

_IPV4_MIN_BYTES = 20
_IPV4_OFFSET_BITS = 0x1FFF

_IPV6_BYTES = 40
_FRAGMENT, AUTHENTICATION = 44, 51
_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140, _FRAGMENT, AUTHENTICATION})  # IANA, "IPv6 Extension Header Types"
_IPV6_OFFSET_BITS = 0xFFF8

_ipv4 = struct.Struct("!BxHxxHxB").unpack_from
_ipv6 = struct.Struct("!BxxxHB").unpack_from


def ipv4(data: bytes, at: int, original_end: int) -> tuple[int, int, int]:
    """Return the protocol in it, where that begins, and where the packet ends; raise NoSegment.

    `original_end` is where the frame ended on the link. A total length of 0 is a packet above 64 KiB that Linux has
    still to segment (BIG TCP): the frame's length tells.
    """
    if len(data) < at + _IPV4_MIN_BYTES:
        raise NoSegment(Lack.CUT_OFF)
    first, total, fragment, protocol = _ipv4(data, at)
    header = (first & 0xF) * 4
    end = at + total if total else original_end
    if first >> 4 != 4 or header < _IPV4_MIN_BYTES or at + header > end:  # noqa: PLR2004 - IPv4 is version 4
        raise NoSegment(Lack.MALFORMED, "IPv4")
    if fragment & _IPV4_OFFSET_BITS:
        raise NoSegment(Lack.FRAGMENT, name(Next(Space.IP, protocol)))
    return protocol, at + header, end


def ipv6(data: bytes, at: int, original_end: int) -> tuple[int, int, int]:
    """Return the protocol in it, where that begins, and where the packet ends; raise NoSegment.

    A payload length of 0 is a jumbogram (RFC 2675), or a packet above 64 KiB as in `ipv4`.
    """
    if len(data) < at + _IPV6_BYTES:
        raise NoSegment(Lack.CUT_OFF)
    first, length, protocol = _ipv6(data, at)
    if first >> 4 != 6:  # noqa: PLR2004 - IPv6 is version 6
        raise NoSegment(Lack.MALFORMED, "IPv6")
    at += _IPV6_BYTES
    end = at + length if length else original_end
    while protocol in _EXTENSIONS:
        protocol, at = _pass_extension(data, protocol, at)
        if at > end:
            raise NoSegment(Lack.MALFORMED, "IPv6")
    return protocol, at, end


def _pass_extension(data: bytes, kind: int, at: int) -> tuple[int, int]:
    """Return what comes after an extension header, and where; each is at least 8 bytes long, so there is an end."""
    if len(data) < at + 4:
        raise NoSegment(Lack.CUT_OFF)
    if kind == _FRAGMENT:
        if int.from_bytes(data[at + 2 : at + 4]) & _IPV6_OFFSET_BITS:
            raise NoSegment(Lack.FRAGMENT, name(Next(Space.IP, data[at])))
        return data[at], at + 8
    if kind == AUTHENTICATION:
        return data[at], at + max(8, (data[at + 1] + 2) * 4)  # RFC 4302 2.2: in 32-bit words, minus two
    return data[at], at + (data[at + 1] + 1) * 8


def inner_ipv4(walk: Walk) -> Next:
    """Go on behind an IPv4 header; what it is in may end before the packet says that it does."""
    begin = walk.ip = walk.at
    protocol, walk.at, end = ipv4(walk.data, begin, walk.end)
    walk.addresses = walk.data[begin + 12 : begin + 20]
    walk.end = min(end, walk.end)
    return Next(Space.IP, protocol)


def inner_ipv6(walk: Walk) -> Next:
    """Go on behind an IPv6 header and its extensions, as `inner_ipv4`."""
    begin = walk.ip = walk.at
    protocol, walk.at, end = ipv6(walk.data, begin, walk.end)
    walk.addresses = walk.data[begin + 8 : begin + 40]
    walk.end = min(end, walk.end)
    return Next(Space.IP, protocol)
