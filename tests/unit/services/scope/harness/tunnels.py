"""An IPv4 packet in every tunnel that the scope reads."""

import socket
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


def _as_ipv6(packet: bytes) -> bytes:
    """Return a packet of the same addresses, written as IPv6 has them."""
    source, destination = (f"::ffff:{socket.inet_ntoa(packet[at : at + 4])}" for at in (12, 16))
    return ipv6(source, destination, packet[20:])


def _service_header(protocol: int, payload: bytes) -> bytes:
    return struct.pack("!HBBI", 0x0FC6, 1, protocol, 5 << 8 | 255) + bytes(16) + payload


def _gpe(protocol: int, payload: bytes) -> bytes:
    return ethernet(udp(4790, struct.pack("!BHBI", 0x0C, 0, protocol, 42 << 8) + payload))


def _routed(following: int, payload: bytes) -> bytes:
    """Return what goes by segments: behind a routing header with one of them."""
    segments = struct.pack("!BBBBI", following, 2, 4, 0, 0) + bytes(16)
    return ipv6(*OUTER_6, segments + payload, next_header=43)


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
    "VXLAN-GPE, IP": Wrapping(ETHERNET, lambda packet: _gpe(1, packet), (Tunnel(TunnelKind.VXLAN, 42),)),
    "VXLAN-GPE, Ethernet": Wrapping(
        ETHERNET, lambda packet: _gpe(3, ethernet(packet)), (Tunnel(TunnelKind.VXLAN, 42),)
    ),
    "VXLAN-GPE, services": Wrapping(
        ETHERNET,
        lambda packet: _gpe(4, _service_header(1, packet)),
        (Tunnel(TunnelKind.VXLAN, 42), Tunnel(TunnelKind.NSH)),
    ),
    "services": Wrapping(
        ETHERNET,
        lambda packet: ethernet(_service_header(3, ethernet(packet)), 0x894F),
        (Tunnel(TunnelKind.NSH),),
    ),
    "NVGRE": Wrapping(
        RAW,
        lambda packet: carried(47, b"\x20\0\x65\x58" + b"\0\0\x05\x01" + ethernet(packet)),
        (Tunnel(TunnelKind.GRE, 0x501),),
    ),
    "WCCP 1 in GRE": Wrapping(RAW, lambda packet: carried(47, b"\0\0\x88\x3e" + packet), (_GRE,)),
    "WCCP 2 in GRE": Wrapping(RAW, lambda packet: carried(47, b"\0\0\x88\x3e" + bytes(4) + packet), (_GRE,)),
    "L2TP": Wrapping(
        RAW, lambda packet: udp(1701, b"\0\x02\0\x05\0\x06" + b"\xff\x03\0\x21" + packet), (Tunnel(TunnelKind.L2TP),)
    ),
    "L2TP with all fields": Wrapping(
        RAW,
        lambda packet: udp(
            1701,
            struct.pack("!7H", 0x4A02, 20 + len(packet), 5, 6, 1, 1, 2) + bytes(2) + b"\xff\x03\0\x21" + packet,
        ),
        (Tunnel(TunnelKind.L2TP),),
    ),
    "LISP": Wrapping(
        RAW,
        lambda packet: udp(4341, struct.pack("!II", 0x08000000, 9 << 8) + packet),
        (Tunnel(TunnelKind.LISP, 9),),
    ),
    "Teredo": Wrapping(RAW, lambda packet: udp(3544, _as_ipv6(packet)), (Tunnel(TunnelKind.TEREDO),)),
    "Teredo with all fields": Wrapping(
        RAW,
        lambda packet: udp(3544, b"\0\x01\0\0" + bytes(9) + b"\0\0" + b"\xff" * 6 + _as_ipv6(packet)),
        (Tunnel(TunnelKind.TEREDO),),
    ),
    "GTP of the first version": Wrapping(
        RAW,
        lambda packet: udp(3386, struct.pack("!BBH", 0x1E, 255, len(packet)) + bytes(16) + packet),
        (Tunnel(TunnelKind.GTP_U),),
    ),
    "CAPWAP": Wrapping(
        RAW,
        lambda packet: udp(5247, b"\0\x10" + bytes(6) + ethernet(packet)),
        (Tunnel(TunnelKind.CAPWAP),),
    ),
    "segments, IP": Wrapping(RAW, lambda packet: _routed(4, packet), (Tunnel(TunnelKind.IP_IN_IP),)),
    "segments, Ethernet": Wrapping(
        RAW, lambda packet: _routed(143, ethernet(packet)), (Tunnel(TunnelKind.ETHERNET_IN_IP),)
    ),
    "802.1ah": Wrapping(
        ETHERNET,
        lambda packet: ethernet(b"\0\0\0\x07" + ethernet(packet), 0x88E7),
        (Tunnel(TunnelKind.PROVIDER_BRIDGE, 7),),
    ),
    "TRILL": Wrapping(
        ETHERNET,
        lambda packet: ethernet(b"\0\0\0\x01\0\x02" + ethernet(packet), 0x22F3),
        (Tunnel(TunnelKind.TRILL),),
    ),
    "VXLAN in GRE in MPLS": Wrapping(
        ETHERNET,
        lambda packet: ethernet(
            b"\0\x02\x01\x40" + carried(47, b"\0\0\x08\0" + udp(4789, _VXLAN + ethernet(packet))), 0x8847
        ),
        (Tunnel(TunnelKind.MPLS), _GRE, Tunnel(TunnelKind.VXLAN, 42)),
    ),
}

# What comes behind the packet is no padding here.
MACSEC = {
    "MACsec, not encrypted": Wrapping(
        ETHERNET, lambda packet: ethernet(b"\0\0\0\0\0\x01\x08\0" + packet + bytes(16), 0x88E5)
    ),
    "MACsec, not encrypted, with a channel": Wrapping(
        ETHERNET, lambda packet: ethernet(b"\x20\0\0\0\0\x01" + bytes(8) + b"\x08\0" + packet + bytes(16), 0x88E5)
    ),
}
