"""Tunnels right above IP or Ethernet: GRE, ERSPAN, IP in IP, MPLS, and IPsec's authentication header."""

from services.scope.capture.layers.ip import inner_ipv4, inner_ipv6
from services.scope.capture.layers.layer import IP_VERSIONS, IPV4, IPV6, Next, NoSegment, Space, Walk
from services.scope.capture.layers.link import VLAN_TAGS, ethernet
from services.scope.capture.layers.ppp import ppp
from services.scope.gaps import Lack
from services.scope.tunnels import TunnelKind

# GRE's first two bytes (RFC 2784, 2890; version 1 is PPTP's, RFC 2637).
_HAS_CHECKSUM, _HAS_ROUTES, _HAS_KEY, _HAS_NUMBER, _HAS_ACK = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080
_VERSION_BITS = 0x7

_PPP_IN_GRE = 0x880B
_ERSPAN, _ERSPAN_3 = 0x88BE, 0x22EB
_ERSPAN_BYTES, _ERSPAN_3_BYTES, _ERSPAN_3_MORE_BYTES = 8, 12, 8
_SESSION_BITS = 0x3FF


def gre(walk: Walk) -> Next:
    """Go on behind GRE's header, and ERSPAN's where that is what it carries."""
    flags, protocol = walk.number(0, 2), walk.number(2, 2)
    version = flags & _VERSION_BITS
    if flags & _HAS_ROUTES or version > 1:
        raise NoSegment(Lack.OTHER, "GRE with source routes" if version == 0 else f"GRE version {version}")
    walk.pass_over(4 + (4 if flags & _HAS_CHECKSUM else 0))
    key = None
    if flags & _HAS_KEY:
        key = walk.number(0, 4)
        walk.pass_over(4)
    for field in (_HAS_NUMBER, _HAS_ACK if version else 0):
        if flags & field:
            walk.pass_over(4)
    # PPTP's key has a length and a number for each direction in it.
    walk.enter(TunnelKind.GRE, None if version else key)
    if protocol == _PPP_IN_GRE:
        return ppp(walk)
    if protocol in (_ERSPAN, _ERSPAN_3):
        return _pass_erspan(walk, protocol, is_numbered=bool(flags & _HAS_NUMBER))
    return Next(Space.ETHER_TYPE, protocol)


def _pass_erspan(walk: Walk, protocol: int, *, is_numbered: bool) -> Next:
    """Go on behind ERSPAN's header (draft-foschiano-erspan): type I has none, and no sequence number in its GRE."""
    if protocol == _ERSPAN and not is_numbered:
        walk.enter(TunnelKind.ERSPAN)
        return ethernet(walk)
    walk.enter(TunnelKind.ERSPAN, walk.number(2, 2) & _SESSION_BITS)
    if protocol == _ERSPAN:
        walk.pass_over(_ERSPAN_BYTES)
    else:
        walk.pass_over(_ERSPAN_3_BYTES + (_ERSPAN_3_MORE_BYTES if walk.number(11, 1) & 1 else 0))
    return ethernet(walk)


def ipv4_in_ip(walk: Walk) -> Next:
    """Go on behind an IPv4 header that is itself in an IP packet (RFC 2003, 2473)."""
    walk.enter(TunnelKind.IP_IN_IP)
    return inner_ipv4(walk)


def ipv6_in_ip(walk: Walk) -> Next:
    """Go on behind an IPv6 header that is itself in an IP packet (RFC 2473, 4213)."""
    walk.enter(TunnelKind.IP_IN_IP)
    return inner_ipv6(walk)


_IS_LAST_LABEL = 0x100
_CONTROL_WORD_BYTES = 4  # of a pseudowire, which may have one (RFC 4385 3)
_IN_A_PSEUDOWIRE = (IPV4, IPV6, *VLAN_TAGS)


def mpls(walk: Walk) -> Next:
    """Go on behind a stack of labels. It does not name what follows: IP is known by its version, Ethernet by its type.

    An IP packet is never taken for a pseudowire; an Ethernet address that begins with 4 or 6 may be taken for IP.
    """
    walk.enter(TunnelKind.MPLS)  # no number: each direction has labels of its own
    while not walk.number(0, 4) & _IS_LAST_LABEL:
        walk.pass_over(4)
    walk.pass_over(4)
    version = walk.number(0, 1) >> 4
    if version in IP_VERSIONS:
        return IP_VERSIONS[version]
    for size in (_CONTROL_WORD_BYTES, 0):
        if walk.number(size + 12, 2) in _IN_A_PSEUDOWIRE:
            walk.pass_over(size)
            return ethernet(walk)
    raise NoSegment(Lack.OTHER, "MPLS pseudowire")


def ethernet_in_ip(walk: Walk) -> Next:
    """Go on behind EtherIP's two bytes (RFC 3378)."""
    walk.enter(TunnelKind.ETHER_IP)
    walk.pass_over(2)
    return ethernet(walk)


def ethernet_alone(walk: Walk) -> Next:
    """Go on with Ethernet right behind an IP header, as routers of segments carry it (RFC 8986 4.9)."""
    walk.enter(TunnelKind.ETHERNET_IN_IP)
    return ethernet(walk)


def authentication(walk: Walk) -> Next:
    """Go on behind IPsec's authentication header; its length is in 32-bit words, minus two (RFC 4302 2.2)."""
    protocol, words = walk.number(0, 1), walk.number(1, 1) + 2
    walk.enter(TunnelKind.AH)  # no number: each direction has one of its own
    walk.pass_over(max(8, words * 4))
    return Next(Space.IP, protocol)
