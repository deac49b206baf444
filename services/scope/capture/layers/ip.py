"""From an IP packet to what it carries: IPv4 with options, IPv6 with extension headers, and both in fragments."""

import struct

from services.scope.capture.layers.fragments import Fragment, Key
from services.scope.capture.layers.layer import Layer, Next, NoSegment, Space, Walk
from services.scope.gaps import Lack

_IPV4_MIN_BYTES = 20
_IPV4_OFFSET_BITS, _IPV4_MORE = 0x1FFF, 0x2000
_IPV4_FRAGMENT_BITS = _IPV4_OFFSET_BITS | _IPV4_MORE

_IPV6_BYTES = 40
_FRAGMENT, AUTHENTICATION = 44, 51
_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140, _FRAGMENT, AUTHENTICATION})  # IANA, "IPv6 Extension Header Types"
_IPV6_OFFSET_BITS, _IPV6_MORE = 0xFFF8, 0x1

_ipv4 = struct.Struct("!BxHHHxB").unpack_from
_ipv6 = struct.Struct("!BxxxHB").unpack_from


def ipv4(walk: Walk) -> Next:
    """Go on behind an IPv4 header; raise NoSegment, or Waiting.

    A total length of 0 is a packet above 64 KiB that Linux has still to segment (BIG TCP): where the frame, or the
    packet around this one, ends tells.
    """
    data, at = walk.data, walk.at
    if len(data) < at + _IPV4_MIN_BYTES:
        raise NoSegment(Lack.CUT_OFF)
    first, total, identification, fragment, protocol = _ipv4(data, at)
    header = (first & 0xF) * 4
    end = at + total if total else walk.end
    if first >> 4 != 4 or header < _IPV4_MIN_BYTES or at + header > end:  # noqa: PLR2004 - IPv4 is version 4
        raise NoSegment(Lack.MALFORMED, "IPv4")
    walk.ip, walk.at, walk.end, walk.addresses = at, at + header, end, data[at + 12 : at + 20]
    if fragment & _IPV4_FRAGMENT_BITS:
        begin, is_last = (fragment & _IPV4_OFFSET_BITS) * 8, not fragment & _IPV4_MORE
        protocol = _join(walk, at + header, identification, protocol, begin, is_last=is_last, is_ipv4=True)
    return Next(Space.IP, protocol)


def ipv6(walk: Walk) -> Next:
    """Go on behind an IPv6 header and its extensions, as `ipv4`.

    A payload length of 0 is a jumbogram (RFC 2675), or a packet above 64 KiB as in `ipv4`.
    """
    data, at = walk.data, walk.at
    if len(data) < at + _IPV6_BYTES:
        raise NoSegment(Lack.CUT_OFF)
    first, length, protocol = _ipv6(data, at)
    if first >> 4 != 6:  # noqa: PLR2004 - IPv6 is version 6
        raise NoSegment(Lack.MALFORMED, "IPv6")
    walk.ip, walk.addresses = at, data[at + 8 : at + 40]
    walk.at = at + _IPV6_BYTES
    if length:
        walk.end = walk.at + length
    while protocol in _EXTENSIONS:
        protocol = _pass_extension(walk, protocol)
        if walk.at > walk.end:
            raise NoSegment(Lack.MALFORMED, "IPv6")
    return Next(Space.IP, protocol)


def _pass_extension(walk: Walk, kind: int) -> int:
    """Return what comes after an extension header; each is at least 8 bytes long, so there is an end."""
    following, size, bits = walk.number(0, 1), walk.number(1, 1), walk.number(2, 2)
    if kind == _FRAGMENT:
        walk.pass_over(8)
        begin, is_last = bits & _IPV6_OFFSET_BITS, not bits & _IPV6_MORE
        if begin or not is_last:
            if walk.at > walk.end:
                raise NoSegment(Lack.MALFORMED, "IPv6")
            header_end = walk.ip + _IPV6_BYTES
            return _join(walk, header_end, walk.number(-4, 4), following, begin, is_last=is_last, is_ipv4=False)
    elif kind == AUTHENTICATION:
        walk.pass_over(max(8, (size + 2) * 4))  # RFC 4302 2.2: in 32-bit words, minus two
    else:
        walk.pass_over((size + 1) * 8)
    return following


def _join(
    walk: Walk, header_end: int, identification: int, protocol: int, begin: int, *, is_last: bool, is_ipv4: bool
) -> int:
    """Go on in the datagram that is whole with this fragment; return the protocol that it begins with."""
    key = Key(walk.addresses, identification, protocol if is_ipv4 else 0, tuple(walk.tunnels))
    data = walk.data[walk.at : walk.end]
    whole = walk.fragments.join(key, Fragment(begin, begin + walk.end - walk.at, is_last, protocol, data))
    header = walk.data[walk.ip : header_end]
    walk.data, walk.ip, walk.at, walk.end = header + whole.data, 0, len(header), len(header) + whole.length
    return whole.protocol


def inner_ipv4(walk: Walk) -> Next:
    """Go on behind an IPv4 header; what it is in may end before the packet says that it does."""
    return _step_inside(walk, ipv4)


def inner_ipv6(walk: Walk) -> Next:
    """Go on behind an IPv6 header and its extensions, as `inner_ipv4`."""
    return _step_inside(walk, ipv6)


def _step_inside(walk: Walk, go_on: Layer) -> Next:
    data, end = walk.data, walk.end
    found = go_on(walk)
    if walk.data is data:
        walk.end = min(end, walk.end)
    return found
