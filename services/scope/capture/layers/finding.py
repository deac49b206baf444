"""Finds the TCP header in a packet, whatever layers it is behind."""

from services.scope.capture.layers.ip import AUTHENTICATION, inner_ipv4, inner_ipv6
from services.scope.capture.layers.layer import IPV4, IPV6, TCP, Layer, Next, NoSegment, Space, Walk
from services.scope.capture.layers.link import VLAN_TAGS, ethernet, nflog, pflog, vlan
from services.scope.capture.layers.llc import llc
from services.scope.capture.layers.names import reason
from services.scope.capture.layers.ppp import ppp, ppp_of_pppd, ppp_with_direction, pppoe
from services.scope.capture.layers.tunnels import authentication, ethernet_in_ip, gre, ipv4_in_ip, ipv6_in_ip, mpls
from services.scope.capture.layers.udp import udp
from services.scope.capture.layers.wifi import avs, ppi, prism, radiotap, wifi
from services.scope.gaps import Lack

_TCP = Next(Space.IP, TCP)

# More layers than any real network nests. Each costs time, and a hostile frame may hold thousands.
_MOST_LAYERS = 32

_LEAST_ETHER_TYPE = 0x600

_LINKS: dict[int, Layer] = {
    1: ethernet,  # of PPI, which names a link type; on its own it is read by `link`
    9: ppp,
    50: ppp,
    51: pppoe,
    100: llc,  # ATM (RFC 1483)
    105: wifi,
    117: pflog,
    119: prism,
    127: radiotap,
    163: avs,
    166: ppp_of_pppd,
    192: ppi,
    204: ppp_with_direction,
    219: mpls,
    239: nflog,
}

_ETHER_TYPES: dict[int, Layer] = {
    IPV4: inner_ipv4,
    IPV6: inner_ipv6,
    0x6558: ethernet,  # in a tunnel: Ethernet itself ("transparent bridging")
    0x8847: mpls,
    0x8848: mpls,
    0x8864: pppoe,
    **dict.fromkeys(VLAN_TAGS, vlan),
}

_IP_PROTOCOLS: dict[int, Layer] = {
    4: ipv4_in_ip,
    17: udp,
    41: ipv6_in_ip,
    47: gre,
    AUTHENTICATION: authentication,
    97: ethernet_in_ip,
    137: mpls,
}

_LAYERS: dict[Next, Layer] = {
    Next(space, number): layer
    for space, layers in ((Space.LINK, _LINKS), (Space.ETHER_TYPE, _ETHER_TYPES), (Space.IP, _IP_PROTOCOLS))
    for number, layer in layers.items()
}


def find_segment(walk: Walk, found: Next) -> None:
    """Go on until the TCP header is next; raise NoSegment where there is none."""
    for _ in range(_MOST_LAYERS):
        if found == _TCP:
            return
        found = _layer(found)(walk)
    raise NoSegment(Lack.TOO_DEEP)


def _layer(found: Next) -> Layer:
    if found.space == Space.ETHER_TYPE and found.number < _LEAST_ETHER_TYPE:
        return llc
    layer = _LAYERS.get(found)
    if layer is None:
        raise NoSegment(*reason(found))
    return layer
