"""Tunnels in UDP: VXLAN, Geneve, GTP-U, MPLS; and encrypted protocols in UDP."""

from services.scope.capture.layers.layer import IP_VERSIONS, Layer, Next, NoSegment, Space, Walk
from services.scope.capture.layers.link import ethernet
from services.scope.capture.layers.tunnels import mpls
from services.scope.gaps import Lack
from services.scope.tunnels import TunnelKind

_HEADER_BYTES = 8


def udp(walk: Walk) -> Next:
    """Go on behind UDP's header, where one of its ports is a tunnel's."""
    ports = walk.number(2, 2), walk.number(0, 2)  # of the destination, which is where a tunnel listens; of the source
    walk.end = min(walk.end, walk.at + max(walk.number(4, 2), _HEADER_BYTES))
    for port in ports:
        if port in _TUNNELS:
            walk.pass_over(_HEADER_BYTES)
            return _TUNNELS[port](walk)
    raise _no_tunnel()


def _no_tunnel() -> NoSegment:
    return NoSegment(Lack.OTHER, "UDP")


_VXLAN_HAS_NUMBER = 0x08


def _vxlan(walk: Walk) -> Next:
    """RFC 7348 5: flags, the network's number, Ethernet."""
    if not walk.number(0, 1) & _VXLAN_HAS_NUMBER:
        raise _no_tunnel()
    walk.enter(TunnelKind.VXLAN, walk.number(4, 3))
    walk.pass_over(8)
    return ethernet(walk)


def _geneve(walk: Walk) -> Next:
    """RFC 8926 3.4: version and length of the options in words, flags, EtherType, the network's number, options."""
    start = walk.number(0, 1)
    if start >> 6:
        raise _no_tunnel()
    ether_type = walk.number(2, 2)
    walk.enter(TunnelKind.GENEVE, walk.number(4, 3))
    walk.pass_over(8 + (start & 0x3F) * 4)
    return Next(Space.ETHER_TYPE, ether_type)


# GTP-U (3GPP TS 29.281 5.1): version 1, and not GTP'; which fields follow the first eight bytes.
_GTP_VERSION, _GTP_VERSION_BITS, _GTP_MORE_BITS, _GTP_EXTENSION = 0x30, 0xF0, 0x07, 0x04
_GTP_PACKET = 255  # the message that carries one


def _gtp(walk: Walk) -> Next:
    flags, message = walk.number(0, 1), walk.number(1, 1)
    if flags & _GTP_VERSION_BITS != _GTP_VERSION:
        raise _no_tunnel()
    if message != _GTP_PACKET:
        raise NoSegment(Lack.OTHER, "GTP-U signalling")
    walk.enter(TunnelKind.GTP_U)  # no number: each direction has one of its own
    walk.pass_over(8)
    if flags & _GTP_MORE_BITS:
        extension = walk.number(3, 1) if flags & _GTP_EXTENSION else 0
        walk.pass_over(4)
        while extension:  # each: its length in words, content, the kind of the next
            size = walk.number(0, 1) * 4
            if not size:
                raise NoSegment(Lack.MALFORMED, "GTP-U")
            extension = walk.number(size - 1, 1)
            walk.pass_over(size)
    found = IP_VERSIONS.get(walk.number(0, 1) >> 4)
    if found is None:
        raise NoSegment(Lack.OTHER, "GTP-U without IP")
    return found


def _esp(walk: Walk) -> Next:
    """RFC 3948 2: four zero bytes are the mark of IKE, one byte alone is there to keep a NAT open."""
    if walk.end - walk.at <= 1 or not walk.number(0, 4):
        raise _no_tunnel()
    raise NoSegment(Lack.ENCRYPTED, "IPsec ESP in UDP")


def _wireguard(walk: Walk) -> Next:
    if walk.number(0, 4) in (0x01000000, 0x02000000, 0x03000000, 0x04000000):
        raise NoSegment(Lack.ENCRYPTED, "WireGuard")
    raise _no_tunnel()


_TUNNELS: dict[int, Layer] = {
    2152: _gtp,
    4500: _esp,
    4789: _vxlan,
    6081: _geneve,
    6635: mpls,
    8472: _vxlan,  # Linux's own default, from before VXLAN had a number
    51820: _wireguard,
}
