"""Tunnels in UDP: VXLAN, Geneve, GTP-U, L2TP, LISP, Teredo, CAPWAP, MPLS; and encrypted protocols in UDP."""

from services.scope.capture.layers.layer import IP_VERSIONS, NEXT_IPV6, Layer, Next, NoSegment, Space, Walk
from services.scope.capture.layers.link import ethernet
from services.scope.capture.layers.ppp import ppp
from services.scope.capture.layers.switching import NEXT_PROTOCOLS
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
    raise _say_no_tunnel()


def _say_no_tunnel() -> NoSegment:
    return NoSegment(Lack.OTHER, "UDP")


_VXLAN_HAS_NUMBER = 0x08


def _vxlan(walk: Walk) -> Next:
    """RFC 7348 5: flags, the network's number, Ethernet."""
    if not walk.number(0, 1) & _VXLAN_HAS_NUMBER:
        raise _say_no_tunnel()
    walk.enter(TunnelKind.VXLAN, walk.number(4, 3))
    walk.pass_over(8)
    return ethernet(walk)


_HAS_PROTOCOL = 0x04


def _vxlan_gpe(walk: Walk) -> Next:
    """VXLAN with a next protocol in its fourth byte (draft-ietf-nvo3-vxlan-gpe 3)."""
    if not walk.number(0, 1) & _HAS_PROTOCOL:
        return _vxlan(walk)
    found = NEXT_PROTOCOLS.get(walk.number(3, 1))
    if found is None:
        raise NoSegment(Lack.OTHER, "VXLAN-GPE")
    walk.enter(TunnelKind.VXLAN, walk.number(4, 3))
    walk.pass_over(8)
    return found


def _geneve(walk: Walk) -> Next:
    """RFC 8926 3.4: version and length of the options in words, flags, EtherType, the network's number, options."""
    start = walk.number(0, 1)
    if start >> 6:
        raise _say_no_tunnel()
    ether_type = walk.number(2, 2)
    walk.enter(TunnelKind.GENEVE, walk.number(4, 3))
    walk.pass_over(8 + (start & 0x3F) * 4)
    return Next(Space.ETHER_TYPE, ether_type)


# GTP-U (3GPP TS 29.281 5.1): version 1, and not GTP'; which fields follow the first eight bytes.
_GTP_VERSION, _GTP_VERSION_BITS, _GTP_MORE_BITS, _GTP_EXTENSION = 0x30, 0xF0, 0x07, 0x04
_GTP_FIRST_VERSION = 0x10
_GTP_PACKET = 255  # the message that carries one


def _gtp(walk: Walk) -> Next:
    flags, message = walk.number(0, 1), walk.number(1, 1)
    if flags & _GTP_VERSION_BITS != _GTP_VERSION:
        raise _say_no_tunnel()
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
    return _ip(walk, "GTP-U without IP")


def _gtp_0(walk: Walk) -> Next:
    """GSM 09.60 11: the version of the first packet networks, whose header is always 20 bytes long."""
    if walk.number(0, 1) & _GTP_VERSION_BITS != _GTP_FIRST_VERSION or walk.number(1, 1) != _GTP_PACKET:
        raise _say_no_tunnel()
    walk.enter(TunnelKind.GTP_U)
    walk.pass_over(20)
    return _ip(walk, "GTP without IP")


def _ip(walk: Walk, name: str) -> Next:
    """Go on with IP of either version; what it is called where it is none."""
    found = IP_VERSIONS.get(walk.number(0, 1) >> 4)
    if found is None:
        raise NoSegment(Lack.OTHER, name)
    return found


# L2TP's first two bytes (RFC 2661 3.1).
_IS_CONTROL, _HAS_LENGTH, _HAS_NUMBERS, _HAS_OFFSET, _L2TP_VERSION_BITS = 0x8000, 0x4000, 0x0800, 0x0200, 0x000F


def _l2tp(walk: Walk) -> Next:
    """RFC 2661 3.1: flags, length, tunnel and session, numbers, padding; all but tunnel and session may be missing."""
    flags = walk.number(0, 2)
    version = flags & _L2TP_VERSION_BITS
    if flags & _IS_CONTROL or version != 2:  # noqa: PLR2004 - what version 3 carries is agreed beforehand
        raise NoSegment(Lack.OTHER, "L2TP control" if flags & _IS_CONTROL else f"L2TP version {version}")
    walk.enter(TunnelKind.L2TP)  # no number: each direction has one of its own
    walk.pass_over(6 + (2 if flags & _HAS_LENGTH else 0) + (4 if flags & _HAS_NUMBERS else 0))
    if flags & _HAS_OFFSET:
        walk.pass_over(2 + walk.number(0, 2))
    return ppp(walk)


_LISP_HAS_INSTANCE = 0x08


def _lisp(walk: Walk) -> Next:
    """RFC 9300 5.1: flags, a nonce, the instance, IP."""
    walk.enter(TunnelKind.LISP, walk.number(4, 3) if walk.number(0, 1) & _LISP_HAS_INSTANCE else None)
    walk.pass_over(8)
    return _ip(walk, "LISP without IP")


_TEREDO_ORIGIN, _TEREDO_AUTHENTICATION = 0x0000, 0x0001


def _teredo(walk: Walk) -> Next:
    """RFC 4380 5.1.1: authentication and origin, which may be missing, IPv6."""
    walk.enter(TunnelKind.TEREDO)
    if walk.number(0, 2) == _TEREDO_AUTHENTICATION:
        walk.pass_over(4 + walk.number(2, 1) + walk.number(3, 1) + 9)
    if walk.number(0, 2) == _TEREDO_ORIGIN:
        walk.pass_over(8)
    return NEXT_IPV6


_CAPWAP_DTLS, _CAPWAP_IS_FRAGMENT, _CAPWAP_IS_WIFI = 0x01, 0x80, 0x01


def _capwap(walk: Walk) -> Next:
    """RFC 5415 4.3: whether it is encrypted, the header's length in words, whose frames it carries."""
    if walk.number(0, 1) == _CAPWAP_DTLS:
        raise NoSegment(Lack.ENCRYPTED, "CAPWAP")
    if walk.number(3, 1) & _CAPWAP_IS_FRAGMENT:
        raise NoSegment(Lack.FRAGMENT, "CAPWAP")
    if walk.number(2, 1) & _CAPWAP_IS_WIFI:
        raise NoSegment(Lack.OTHER, "802.11 in CAPWAP")  # whose first bytes some makers swap
    walk.enter(TunnelKind.CAPWAP)
    walk.pass_over((walk.number(1, 1) >> 3) * 4)
    return ethernet(walk)


def _esp(walk: Walk) -> Next:
    """RFC 3948 2: four zero bytes are the mark of IKE, one byte alone is there to keep a NAT open."""
    if walk.end - walk.at <= 1 or not walk.number(0, 4):
        raise _say_no_tunnel()
    raise NoSegment(Lack.ENCRYPTED, "IPsec ESP in UDP")


def _wireguard(walk: Walk) -> Next:
    if walk.number(0, 4) in (0x01000000, 0x02000000, 0x03000000, 0x04000000):
        raise NoSegment(Lack.ENCRYPTED, "WireGuard")
    raise _say_no_tunnel()


_TUNNELS: dict[int, Layer] = {
    1701: _l2tp,
    2152: _gtp,
    3386: _gtp_0,
    3544: _teredo,
    4341: _lisp,
    4500: _esp,
    4789: _vxlan,
    4790: _vxlan_gpe,
    5247: _capwap,
    6081: _geneve,
    6635: mpls,
    8472: _vxlan,  # Linux's own default, from before VXLAN had a number
    51820: _wireguard,
}
