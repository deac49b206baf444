"""From an IP packet to the TCP segment in it: IPv4 with options and fragments, IPv6 with extension headers.

A first fragment that holds the TCP header counts as a segment with what it carries itself; a later one holds no header.
"""

import struct

_TCP = 6

_IPV4_MIN_BYTES = 20
_IPV4_OFFSET_BITS = 0x1FFF

_IPV6_BYTES = 40
_FRAGMENT, _AUTHENTICATION = 44, 51
_EXTENSIONS = frozenset({0, 43, 60, _FRAGMENT, _AUTHENTICATION})  # hop-by-hop, routing, destination options
_IPV6_OFFSET_BITS = 0xFFF8

_ipv4 = struct.Struct("!BxHxxHxB").unpack_from
_ipv6 = struct.Struct("!BxxxHB").unpack_from

MALFORMED = "malformed IP header"
NOT_TCP = "not TCP"
LATER_FRAGMENT = "later fragment of an IP packet"
CUT_OFF = "header not captured"


class NoSegment(Exception):
    """No TCP header here; `str()` is the reason, one of a few."""


def ipv4(data: bytes, at: int, original_end: int) -> tuple[int, int]:
    """Return where the TCP header begins and where the packet ends; raise NoSegment.

    `original_end` is where the frame ended on the link. A total length of 0 is a packet above 64 KiB that Linux has
    still to segment (BIG TCP): the frame's length tells.
    """
    if len(data) < at + _IPV4_MIN_BYTES:
        raise NoSegment(CUT_OFF)
    first, total, fragment, protocol = _ipv4(data, at)
    header = (first & 0xF) * 4
    end = at + total if total else original_end
    if first >> 4 != 4 or header < _IPV4_MIN_BYTES or at + header > end:  # noqa: PLR2004 - IPv4 is version 4
        raise NoSegment(MALFORMED)
    if protocol != _TCP:
        raise NoSegment(NOT_TCP)
    if fragment & _IPV4_OFFSET_BITS:
        raise NoSegment(LATER_FRAGMENT)
    return at + header, end


def ipv6(data: bytes, at: int, original_end: int) -> tuple[int, int]:
    """Return where the TCP header begins and where the packet ends; raise NoSegment.

    A payload length of 0 is a jumbogram (RFC 2675), or a packet above 64 KiB as in `ipv4`.
    """
    if len(data) < at + _IPV6_BYTES:
        raise NoSegment(CUT_OFF)
    first, length, protocol = _ipv6(data, at)
    if first >> 4 != 6:  # noqa: PLR2004 - IPv6 is version 6
        raise NoSegment(MALFORMED)
    at += _IPV6_BYTES
    end = at + length if length else original_end
    while protocol in _EXTENSIONS:
        protocol, at = _extension(data, protocol, at)
        if at > end:
            raise NoSegment(MALFORMED)
    if protocol != _TCP:
        raise NoSegment(NOT_TCP)
    return at, end


def _extension(data: bytes, kind: int, at: int) -> tuple[int, int]:
    """Return what comes after an extension header, and where; each is at least 8 bytes long, so there is an end."""
    if len(data) < at + 4:
        raise NoSegment(CUT_OFF)
    if kind == _FRAGMENT:
        if int.from_bytes(data[at + 2 : at + 4]) & _IPV6_OFFSET_BITS:
            raise NoSegment(LATER_FRAGMENT)
        return data[at], at + 8
    if kind == _AUTHENTICATION:
        return data[at], at + max(8, (data[at + 1] + 2) * 4)  # RFC 4302 2.2: in 32-bit words, minus two
    return data[at], at + (data[at + 1] + 1) * 8
