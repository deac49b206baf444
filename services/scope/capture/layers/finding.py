"""Finds the TCP header in a packet, whatever layers it is behind."""

from services.scope.capture.layers.ip import AUTHENTICATION, inner_ipv4, inner_ipv6
from services.scope.capture.layers.layer import IPV4, IPV6, TCP, Layer, Next, NoSegment, Space, Walk
from services.scope.capture.layers.link import LINKS, VLAN_TAGS, ethernet, linked, nflog, pflog, vlan
from services.scope.capture.layers.llc import llc
from services.scope.capture.layers.names import reason
from services.scope.capture.layers.ppp import ppp, ppp_of_pppd, ppp_with_direction, pppoe
from services.scope.capture.layers.rare_links import (
    erf,
    fddi,
    fibre_channel,
    frame_relay,
    ipnet,
    pktap,
    sun_atm,
    token_ring,
)
from services.scope.capture.layers.switching import (
    NSH,
    cisco_metadata,
    macsec,
    provider_bridge,
    service_header,
    trill,
    vn_tag,
    wccp,
)
from services.scope.capture.layers.tunnels import (
    authentication,
    ethernet_alone,
    ethernet_in_ip,
    gre,
    ipv4_in_ip,
    ipv6_in_ip,
    mpls,
)
from services.scope.capture.layers.udp import udp
from services.scope.capture.layers.wifi import avs, ppi, prism, radiotap, wifi
from services.scope.gaps import Lack

_TCP = Next(Space.IP, TCP)

# More layers than any real network nests. Each costs time, and a hostile frame may hold thousands.
_MOST_LAYERS = 32

_LEAST_ETHER_TYPE = 0x600

_LINKS: dict[int, Layer] = {
    # On its own such a link is read by `link`; PPI and PKTAP name one that is behind them.
    **{number: linked(read) for number, read in LINKS.items()},
    6: token_ring,
    9: ppp,
    10: fddi,
    50: ppp,
    51: pppoe,
    100: llc,  # ATM (RFC 1483)
    105: wifi,
    107: frame_relay,
    117: pflog,
    119: prism,
    122: fibre_channel,
    123: sun_atm,
    127: radiotap,
    163: avs,
    166: ppp_of_pppd,
    192: ppi,
    197: erf,
    204: ppp_with_direction,
    219: mpls,
    226: ipnet,
    239: nflog,
    258: pktap,
}

_ETHER_TYPES: dict[int, Layer] = {
    IPV4: inner_ipv4,
    IPV6: inner_ipv6,
    0x22F3: trill,
    0x6558: ethernet,  # in a tunnel: Ethernet itself ("transparent bridging")
    0x883E: wccp,
    0x8847: mpls,
    0x8848: mpls,
    0x8864: pppoe,
    0x88E5: macsec,
    0x88E7: provider_bridge,
    0x8909: cisco_metadata,
    0x8926: vn_tag,
    NSH: service_header,
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
    143: ethernet_alone,
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
