"""An IPv4 packet in every tunnel that the scope reads."""

import struct

from services.scope.tunnels import Tunnel, TunnelKind
from tests.unit.services.scope.harness.wire import RAW, ipv6
from tests.unit.services.scope.harness.wrapping import ETHERNET, OUTER_6, Wrapping, carried, ethernet, udp


def _pppoe(packet: bytes) -> bytes:
    ppp = b"\x00\x21" + packet
    return ethernet(struct.pack("!BBHH", 0x11, 0, 77, len(ppp)) + ppp, 0x8864)


def _geneve(options: bytes, ether_type: int, payload: bytes) -> bytes:
    return udp(6081, struct.pack("!BBHI", len(options) // 4, 0, ether_type, 5 << 8) + options + payload)


def _gtp(flags: int, more: bytes, packet: bytes) -> bytes:
    return udp(2152, struct.pack("!BBHI", flags, 255, len(more) + len(packet), 0x1234) + more + packet)


def _ah(next_header: int) -> bytes:
    return struct.pack("!BBHII", next_header, 4, 0, 9, 1) + bytes(12)


_VXLAN = struct.pack("!II", 0x08000000, 42 << 8)
_GRE = Tunnel(TunnelKind.GRE)

TUNNELS = {
    "VXLAN": Wrapping(
        ETHERNET, lambda packet: ethernet(udp(4789, _VXLAN + ethernet(packet))), (Tunnel(TunnelKind.VXLAN, 42),)
    ),
    "VXLAN of Linux, VLAN inside": Wrapping(
        ETHERNET,
        lambda packet: ethernet(udp(8472, _VXLAN + ethernet(b"\x00\x05\x08\x00" + packet, 0x8100))),
        (Tunnel(TunnelKind.VXLAN, 42),),
    ),
    "Geneve": Wrapping(RAW, lambda packet: _geneve(b"", 0x0800, packet), (Tunnel(TunnelKind.GENEVE, 5),)),
    "Geneve with options": Wrapping(
        RAW,
        lambda packet: _geneve(b"\x01\x02\x80\x01" + bytes(4), 0x6558, ethernet(packet)),
        (Tunnel(TunnelKind.GENEVE, 5),),
    ),
    "GTP-U": Wrapping(RAW, lambda packet: _gtp(0x30, b"", packet), (Tunnel(TunnelKind.GTP_U),)),
    "GTP-U, numbered": Wrapping(RAW, lambda packet: _gtp(0x32, b"\0\x01\0\0", packet), (Tunnel(TunnelKind.GTP_U),)),
    "GTP-U with an extension": Wrapping(
        RAW,
        lambda packet: _gtp(0x34, b"\0\0\0\x85" + b"\x01\x10\x01\x00", packet),
        (Tunnel(TunnelKind.GTP_U),),
    ),
    "GRE": Wrapping(RAW, lambda packet: carried(47, b"\0\0\x08\0" + packet), (_GRE,)),
    "GRE with all fields": Wrapping(
        RAW,
        lambda packet: carried(47, b"\xb0\0\x08\0" + bytes(4) + b"\0\0\0\x07" + bytes(4) + packet),
        (Tunnel(TunnelKind.GRE, 7),),
    ),
    "Ethernet in GRE": Wrapping(RAW, lambda packet: carried(47, b"\0\0\x65\x58" + ethernet(packet)), (_GRE,)),
    "PPTP": Wrapping(
        RAW,
        lambda packet: carried(
            47, struct.pack("!HHHHII", 0x3081, 0x880B, 4 + len(packet), 3, 1, 1) + b"\xff\x03\x00\x21" + packet
        ),
        (_GRE,),
    ),
    "ERSPAN I": Wrapping(
        RAW, lambda packet: carried(47, b"\0\0\x88\xbe" + ethernet(packet)), (_GRE, Tunnel(TunnelKind.ERSPAN))
    ),
    "ERSPAN II": Wrapping(
        RAW,
        lambda packet: carried(
            47, b"\x10\0\x88\xbe" + bytes(4) + struct.pack("!HHI", 0x1000, 11, 0) + ethernet(packet)
        ),
        (_GRE, Tunnel(TunnelKind.ERSPAN, 11)),
    ),
    "ERSPAN III": Wrapping(
        RAW,
        lambda packet: carried(
            47, b"\x10\0\x22\xeb" + bytes(4) + struct.pack("!HHIHH", 0x2000, 11, 0, 0, 0) + ethernet(packet)
        ),
        (_GRE, Tunnel(TunnelKind.ERSPAN, 11)),
    ),
    "IPv4 in IPv4": Wrapping(RAW, lambda packet: carried(4, packet), (Tunnel(TunnelKind.IP_IN_IP),)),
    "IPv4 in IPv6": Wrapping(RAW, lambda packet: ipv6(*OUTER_6, packet, next_header=4), (Tunnel(TunnelKind.IP_IN_IP),)),
    "MPLS": Wrapping(
        ETHERNET,
        lambda packet: ethernet(b"\0\x01\0\x40" + b"\0\x02\x01\x40" + packet, 0x8847),
        (Tunnel(TunnelKind.MPLS),),
    ),
    "a pseudowire in MPLS": Wrapping(
        ETHERNET,
        lambda packet: ethernet(b"\0\x02\x01\x40" + bytes(4) + ethernet(packet), 0x8847),
        (Tunnel(TunnelKind.MPLS),),
    ),
    "a pseudowire in MPLS, without a control word": Wrapping(
        ETHERNET,
        lambda packet: ethernet(b"\0\x02\x01\x40" + ethernet(packet), 0x8847),
        (Tunnel(TunnelKind.MPLS),),
    ),
    "MPLS in IP": Wrapping(RAW, lambda packet: carried(137, b"\0\x02\x01\x40" + packet), (Tunnel(TunnelKind.MPLS),)),
    "MPLS in UDP": Wrapping(RAW, lambda packet: udp(6635, b"\0\x02\x01\x40" + packet), (Tunnel(TunnelKind.MPLS),)),
    "MPLS in PPP": Wrapping(9, lambda packet: b"\xff\x03\x02\x81\0\x02\x01\x40" + packet, (Tunnel(TunnelKind.MPLS),)),
    "PPPoE": Wrapping(ETHERNET, _pppoe, (Tunnel(TunnelKind.PPPOE, 77),)),
    "EtherIP": Wrapping(RAW, lambda packet: carried(97, b"\x30\0" + ethernet(packet)), (Tunnel(TunnelKind.ETHER_IP),)),
    "AH": Wrapping(
        RAW, lambda packet: carried(51, _ah(4) + packet), (Tunnel(TunnelKind.AH), Tunnel(TunnelKind.IP_IN_IP))
    ),
    "VXLAN in GRE in MPLS": Wrapping(
        ETHERNET,
        lambda packet: ethernet(
            b"\0\x02\x01\x40" + carried(47, b"\0\0\x08\0" + udp(4789, _VXLAN + ethernet(packet))), 0x8847
        ),
        (Tunnel(TunnelKind.MPLS), _GRE, Tunnel(TunnelKind.VXLAN, 42)),
    ),
}
