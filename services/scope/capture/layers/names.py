"""Names of protocols that carry no TCP, or none that can be read."""

from services.scope.capture.layers.layer import Next, Reason, Space
from services.scope.gaps import Lack

_IP_PROTOCOLS = {
    1: "ICMP",
    2: "IGMP",
    6: "TCP",
    9: "IGRP",
    17: "UDP",
    33: "DCCP",
    46: "RSVP",
    58: "ICMPv6",
    59: "no next header",
    88: "EIGRP",
    89: "OSPF",
    103: "PIM",
    112: "VRRP",
    55: "IP Mobile",
    94: "IPIP",
    115: "L2TPv3",
    132: "SCTP",
    136: "UDP-Lite",
}

_ETHER_TYPES = {
    0x0806: "ARP",
    0x0842: "Wake-on-LAN",
    0x2000: "CDP",
    0x6003: "DECnet",
    0x8035: "RARP",
    0x809B: "AppleTalk",
    0x80F3: "AppleTalk ARP",
    0x8137: "IPX",
    0x8808: "Ethernet flow control",
    0x8809: "LACP",
    0x8863: "PPPoE discovery",
    0x888E: "EAPOL",
    0x8892: "PROFINET",
    0x88B5: "local experiment",
    0x88CC: "LLDP",
    0x88E1: "HomePlug",
    0x88F7: "PTP",
    0x8902: "CFM",
    0x9000: "Ethernet loopback",
}

_LLC = {0x00: "LLC", 0x42: "STP", 0xAA: "SNAP", 0xE0: "IPX", 0xF0: "NetBEUI", 0xFE: "IS-IS", 0xFF: "IPX"}

_PPP = {
    0x002D: "Van Jacobson's compressed TCP",
    0x002F: "Van Jacobson's uncompressed TCP",
    0x003D: "PPP multilink",
    0x8021: "PPP IPCP",
    0x8057: "PPP IPV6CP",
    0x80FD: "PPP CCP",
    0xC021: "PPP LCP",
    0xC023: "PPP PAP",
    0xC025: "PPP LQR",
    0xC223: "PPP CHAP",
}

_LINKS = {
    143: "DOCSIS",
    187: "Bluetooth",
    189: "USB",
    195: "IEEE 802.15.4",
    201: "Bluetooth",
    220: "USB",
    227: "CAN",
    230: "IEEE 802.15.4",
    249: "USB",
    251: "Bluetooth LE",
    252: "Wireshark's own export",
    253: "netlink",
}

_NAMES = {
    Space.LINK: _LINKS,
    Space.ETHER_TYPE: _ETHER_TYPES,
    Space.LLC: _LLC,
    Space.PPP: _PPP,
    Space.IP: _IP_PROTOCOLS,
}

_UNREADABLE = {
    Next(Space.IP, 50): Reason(Lack.ENCRYPTED, "IPsec ESP"),
    Next(Space.IP, 108): Reason(Lack.COMPRESSED, "IPComp"),
    Next(Space.PPP, 0x0053): Reason(Lack.ENCRYPTED, "PPP"),
    Next(Space.PPP, 0x0055): Reason(Lack.ENCRYPTED, "PPP"),
    Next(Space.PPP, 0x00FB): Reason(Lack.COMPRESSED, "PPP"),
    Next(Space.PPP, 0x00FD): Reason(Lack.COMPRESSED, "PPP"),  # and encrypted, where it is MPPE (RFC 3078)
}


def name(found: Next) -> str:
    """Return the name of a protocol, or its number where it has none here."""
    known = _NAMES[found.space].get(found.number)
    if known is not None:
        return known
    digits = f"0x{found.number:04x}" if found.space in (Space.ETHER_TYPE, Space.PPP) else f"{found.number}"
    return f"{found.space} {digits}"


def reason(found: Next) -> Reason:
    """Return why nothing is read of what this protocol carries."""
    return _UNREADABLE.get(found) or Reason(Lack.OTHER, name(found))
