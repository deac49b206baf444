"""What switches and routers put between an Ethernet header and its payload: tags, and tunnels with an EtherType."""

from services.scope.capture.layers.layer import IPV4, IPV6, NEXT_IPV4, Next, NoSegment, Space, Walk
from services.scope.capture.layers.link import ethernet
from services.scope.gaps import Lack
from services.scope.tunnels import TunnelKind

NSH, _MPLS = 0x894F, 0x8847


def provider_bridge(walk: Walk) -> Next:
    """Go on behind 802.1ah's tag: flags and the service's number; the customer's Ethernet frame follows."""
    walk.enter(TunnelKind.PROVIDER_BRIDGE, walk.number(1, 3))
    walk.pass_over(4)
    return ethernet(walk)


def vn_tag(walk: Walk) -> Next:
    """Go on behind the tag between a switch and its virtual ports (802.1BR's older form)."""
    return _step_behind(walk, 4)


def cisco_metadata(walk: Walk) -> Next:
    """Go on behind Cisco's tag of a security group: version, length, option, group."""
    return _step_behind(walk, 6)


def _step_behind(walk: Walk, size: int) -> Next:
    """Go on behind a tag of so many bytes, at the EtherType."""
    ether_type = walk.number(size, 2)
    walk.pass_over(size + 2)
    return Next(Space.ETHER_TYPE, ether_type)


_TRILL_BYTES = 6


def trill(walk: Walk) -> Next:
    """Go on behind TRILL's header (RFC 6325 3.1): flags, length of the options in words, hops, both bridges."""
    walk.enter(TunnelKind.TRILL)
    walk.pass_over(_TRILL_BYTES + (walk.number(0, 2) >> 6 & 0x1F) * 4)
    return ethernet(walk)


# What service headers and VXLAN-GPE call the next protocol (RFC 8300 11.2.5).
NEXT_PROTOCOLS = {
    1: Next(Space.ETHER_TYPE, IPV4),
    2: Next(Space.ETHER_TYPE, IPV6),
    3: Next(Space.ETHER_TYPE, 0x6558),
    4: Next(Space.ETHER_TYPE, NSH),
    5: Next(Space.ETHER_TYPE, _MPLS),
}


def service_header(walk: Walk) -> Next:
    """Go on behind a network service header (RFC 8300 2): its length in words, the next protocol, the path."""
    size, protocol = (walk.number(0, 2) & 0x3F) * 4, walk.number(3, 1)
    if size < 8:  # noqa: PLR2004 - the header without its context
        raise NoSegment(Lack.MALFORMED, "NSH")
    walk.enter(TunnelKind.NSH)  # no number: each direction has a path of its own
    walk.pass_over(size)
    if protocol not in NEXT_PROTOCOLS:
        raise NoSegment(Lack.OTHER, "NSH")
    return NEXT_PROTOCOLS[protocol]


# MACsec's first byte (IEEE 802.1AE 9.3).
_HAS_CHANNEL, _IS_CHANGED = 0x20, 0x0C  # the content is encrypted, or otherwise not what it was
_CHECK_BYTES = 16


def macsec(walk: Walk) -> Next:
    """Go on behind MACsec's tag where it only protects the content, and does not hide it."""
    flags = walk.number(0, 1)
    if flags & _IS_CHANGED:
        raise NoSegment(Lack.ENCRYPTED, "MACsec")
    walk.end -= _CHECK_BYTES
    return _step_behind(walk, 14 if flags & _HAS_CHANNEL else 6)


def wccp(walk: Walk) -> Next:
    """Go on behind what Cisco's redirection to a web cache puts before IP in GRE: nothing, or four bytes."""
    if walk.number(0, 1) >> 4 != 4:  # noqa: PLR2004 - IPv4 is version 4
        walk.pass_over(4)
    return NEXT_IPV4
