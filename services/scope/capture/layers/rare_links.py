"""Links that are seldom met: those of the past, of capture cards, and of single systems."""

from services.scope.capture.layers.layer import IP_VERSIONS, NEXT_IPV4, NEXT_IPV6, Next, NoSegment, Space, Walk
from services.scope.capture.layers.link import ethernet
from services.scope.capture.layers.llc import llc
from services.scope.capture.layers.ppp import ppp
from services.scope.gaps import Lack

_ADDRESSES_BYTES = 12
_IS_SOURCE_ROUTED = 0x80  # of the first byte of Token Ring's source address


def token_ring(walk: Walk) -> Next:
    """Go on behind access and frame control, addresses, and the way through bridges where it is there."""
    has_route = walk.number(8, 1) & _IS_SOURCE_ROUTED
    walk.pass_over(2 + _ADDRESSES_BYTES)
    if has_route:
        walk.pass_over(walk.number(0, 1) & 0x1F)
    return llc(walk)


def fddi(walk: Walk) -> Next:
    """Go on behind FDDI's frame control and addresses."""
    walk.pass_over(1 + _ADDRESSES_BYTES)
    return llc(walk)


def fibre_channel(walk: Walk) -> Next:
    """Go on behind the two addresses of IP over Fibre Channel (RFC 4338)."""
    walk.pass_over(16)
    return llc(walk)


def sun_atm(walk: Walk) -> Next:
    """Go on behind SunATM's direction and kind, and the circuit."""
    if walk.number(0, 1) & 0x0F != 2:  # noqa: PLR2004 - LLC
        raise NoSegment(Lack.OTHER, "ATM")
    walk.pass_over(4)
    return llc(walk)


# Network layer identifiers in Frame Relay (RFC 2427).
_UNNUMBERED = 0x03
_NLPID_SNAP, _NLPIDS = 0x80, {0xCC: NEXT_IPV4, 0x8E: NEXT_IPV6}


def frame_relay(walk: Walk) -> Next:
    """Go on behind the address, whose last byte is odd, and RFC 2427's control, or Cisco's EtherType."""
    while not walk.number(0, 1) & 1:
        walk.pass_over(1)
    walk.pass_over(1)
    if walk.number(0, 1) != _UNNUMBERED:
        ether_type = walk.number(0, 2)
        walk.pass_over(2)
        return Next(Space.ETHER_TYPE, ether_type)
    walk.pass_over(1)
    if not walk.number(0, 1):
        walk.pass_over(1)  # a byte that aligns what follows
    identifier = walk.number(0, 1)
    walk.pass_over(1)
    if identifier == _NLPID_SNAP:
        ether_type = walk.number(3, 2)
        walk.pass_over(5)
        return Next(Space.ETHER_TYPE, ether_type)
    if identifier not in _NLPIDS:
        raise NoSegment(Lack.OTHER, "Frame Relay")
    return _NLPIDS[identifier]


def pktap(walk: Walk) -> Next:
    """Go on behind what macOS's tcpdump says of a packet, which begins with the length of that, and has the link."""
    length, link_type = walk.little(0, 4), walk.little(8, 4)
    walk.pass_over(length)
    return Next(Space.LINK, link_type)


_IPNET_BYTES = 24


def ipnet(walk: Walk) -> Next:
    """Go on behind what Solaris says of a packet between its zones."""
    walk.pass_over(_IPNET_BYTES)
    found = IP_VERSIONS.get(walk.number(0, 1) >> 4)
    if found is None:
        raise NoSegment(Lack.MALFORMED, "IP")
    return found


# Endace's records (ERF): the kinds whose content is Ethernet, HDLC and IP; whether more headers follow the first.
_ERF_BYTES, _ERF_MORE = 16, 0x80
_ERF_ETHERNET, _ERF_HDLC, _ERF_IP = (2, 11, 16, 20), (1, 10, 15, 17), {22: NEXT_IPV4, 23: NEXT_IPV6}


def erf(walk: Walk) -> Next:
    """Go on behind the header of an Endace card, and any more of eight bytes each."""
    kind = more = walk.number(8, 1)
    walk.pass_over(_ERF_BYTES)
    while more & _ERF_MORE:
        more = walk.number(0, 1)
        walk.pass_over(8)
    kind &= ~_ERF_MORE
    if kind in _ERF_IP:
        return _ERF_IP[kind]
    if kind in _ERF_HDLC:
        return ppp(walk)
    if kind not in _ERF_ETHERNET:
        raise NoSegment(Lack.OTHER, f"ERF type {kind}")
    walk.pass_over(2)  # an offset, which aligns the packet
    return ethernet(walk)
