"""PPP, which carries IP over serial lines, inside Ethernet (PPPoE), and in tunnels."""

from services.scope.capture.layers.layer import NEXT_IPV4, NEXT_IPV6, Next, NoSegment, Space, Walk
from services.scope.gaps import Lack
from services.scope.tunnels import TunnelKind

_ADDRESS_AND_CONTROL = 0xFF03  # RFC 1662; left out where both ends agreed to
_CISCO_HDLC = (0x0F00, 0x8F00)  # unicast and broadcast, in captures of serial lines
_PROTOCOLS = {
    0x0021: NEXT_IPV4,
    0x0057: NEXT_IPV6,
    0x0281: Next(Space.ETHER_TYPE, 0x8847),
    0x0283: Next(Space.ETHER_TYPE, 0x8848),
}

_PPPOE = 0x1100  # version 1, type 1, code 0: a session's data (RFC 2516 4)


def ppp(walk: Walk) -> Next:
    """Go on behind a PPP header, with or without HDLC's address and control before it."""
    start = walk.number(0, 2)
    if start in _CISCO_HDLC:
        ether_type = walk.number(2, 2)
        walk.pass_over(4)
        return Next(Space.ETHER_TYPE, ether_type)
    if start == _ADDRESS_AND_CONTROL:
        walk.pass_over(2)
    # An odd first byte is the whole number, where both ends agreed to leave out a zero (RFC 1661 6.5).
    size = 1 if walk.number(0, 1) & 1 else 2
    protocol = walk.number(0, size)
    walk.pass_over(size)
    return _PROTOCOLS.get(protocol) or Next(Space.PPP, protocol)


def ppp_with_direction(walk: Walk) -> Next:
    """Go on behind a byte that says which way the packet went, and then PPP's header."""
    walk.pass_over(1)
    return ppp(walk)


def ppp_of_pppd(walk: Walk) -> Next:
    """Go on behind PPP's header, whose address Linux's pppd has made the direction."""
    walk.pass_over(2)
    return ppp(walk)


def pppoe(walk: Walk) -> Next:
    """Go on behind a PPPoE session's header."""
    start, session = walk.number(0, 2), walk.number(2, 2)
    if start != _PPPOE:
        raise NoSegment(Lack.MALFORMED, "PPPoE")
    walk.enter(TunnelKind.PPPOE, session)
    walk.pass_over(6)
    return ppp(walk)
