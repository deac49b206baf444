"""From a frame to the packet in it: the link layers that tell an EtherType (tcpdump.org/linktypes.html)."""

from collections.abc import Callable

from services.scope.capture.layers.layer import IP_VERSIONS, IPV4, IPV6, Layer, Next, NoSegment, Space, Walk
from services.scope.gaps import Lack

# 802.1Q, 802.1ad (QinQ), and what was used for QinQ before it was standardised.
VLAN_TAGS = (0x8100, 0x88A8, 0x9100)

# A BSD system's AF_INET, and AF_INET6 of NetBSD, FreeBSD, Darwin and Linux.
_FAMILIES = {2: IPV4, 24: IPV6, 28: IPV6, 30: IPV6, 10: IPV6}
_MAX_FAMILY = 0xFF

_LEAST_ETHER_TYPE = 0x600

# Linux's own numbers, where there is no EtherType: IPX as Novell framed it, and LLC (linux/if_ether.h).
_ETH_P_802_3, _ETH_P_802_2 = 0x0001, 0x0004

# Return the EtherType and where the packet begins; raise NoSegment.
Link = Callable[[bytes], tuple[int, int]]


def _read_ethernet(frame: bytes) -> tuple[int, int]:
    return _read_type(frame, 12)


def _read_cooked(frame: bytes) -> tuple[int, int]:
    return _check_linux(
        *_read_type(frame, 14)
    )  # SLL: type, address type, address length, 8 bytes of address, EtherType


def _read_cooked_v2(frame: bytes) -> tuple[int, int]:
    return _check_linux(*_read_type(frame, 0, 18))  # SLL2 begins with the EtherType


def _read_type(frame: bytes, at: int, rest: int = 0) -> tuple[int, int]:
    """Read the EtherType at `at`, with any VLAN tags, and `rest` bytes that stand between it and what it names."""
    ether_type = int.from_bytes(frame[at : at + 2])
    at += 2 + rest
    while ether_type in VLAN_TAGS:
        ether_type = int.from_bytes(frame[at + 2 : at + 4])
        at += 4
    return ether_type, at


def _check_linux(ether_type: int, at: int) -> tuple[int, int]:
    if ether_type < _LEAST_ETHER_TYPE and ether_type not in (_ETH_P_802_3, _ETH_P_802_2):
        raise NoSegment(Lack.OTHER, f"Linux protocol 0x{ether_type:04x}")
    return ether_type, at


def _read_raw(frame: bytes) -> tuple[int, int]:
    if not frame:
        raise NoSegment(Lack.CUT_OFF)
    found = IP_VERSIONS.get(frame[0] >> 4)
    if found is None:
        raise NoSegment(Lack.MALFORMED, "IP")
    return found.number, 0


def _read_loopback(frame: bytes) -> tuple[int, int]:
    # In the byte order of the machine that captured (NULL), or of the network (LOOP): a family is small.
    family = int.from_bytes(frame[:4], "little")
    if family > _MAX_FAMILY:
        family = int.from_bytes(frame[:4])
    return _ether_type_of(family), 4


def _ether_type_of(family: int) -> int:
    try:
        return _FAMILIES[family]
    except KeyError:
        raise NoSegment(Lack.OTHER, f"{Space.FAMILY} {family}") from None


LINKS: dict[int, Link] = {
    0: _read_loopback,
    1: _read_ethernet,
    12: _read_raw,  # DLT_RAW, which differs between systems
    14: _read_raw,
    101: _read_raw,
    104: lambda frame: _read_type(frame, 2),  # Cisco's HDLC: address, control, EtherType
    108: _read_loopback,
    109: lambda frame: (_read_loopback(frame)[0], 12),  # OpenBSD's enc: family, SPI, flags
    113: _read_cooked,
    138: lambda frame: _read_type(frame, 16),  # Apple's IP over FireWire: two addresses of 8 bytes
    228: lambda _: (IPV4, 0),
    229: lambda _: (IPV6, 0),
    276: _read_cooked_v2,
}


def linked(read: Link) -> Layer:
    """Return what goes on behind such a link layer where something else is before it."""

    def go_on(walk: Walk) -> Next:
        ether_type, size = read(walk.data[walk.at :])
        walk.pass_over(size)
        return Next(Space.ETHER_TYPE, ether_type)

    return go_on


def ethernet(walk: Walk) -> Next:
    """Go on behind an Ethernet header that is inside something."""
    ether_type = walk.number(12, 2)
    walk.pass_over(14)
    return Next(Space.ETHER_TYPE, ether_type)


def vlan(walk: Walk) -> Next:
    """Go on behind a VLAN tag."""
    ether_type = walk.number(2, 2)
    walk.pass_over(4)
    return Next(Space.ETHER_TYPE, ether_type)


# NFLOG's TLVs are in the byte order of the machine that captured; the one with the packet is NFULA_PAYLOAD.
_NFLOG_PAYLOAD = 9


def nflog(walk: Walk) -> Next:
    """Go on behind what Linux's netfilter says of a packet: family, version, group, then TLVs, one with the packet."""
    family = walk.number(0, 1)
    walk.pass_over(4)
    big, little = walk.number(0, 2), walk.little(0, 2)
    read = walk.number if big < little else walk.little  # the length of a TLV is small
    while (size := read(0, 2)) >= 4 and read(2, 2) & 0x7FFF != _NFLOG_PAYLOAD:  # noqa: PLR2004 - its own header
        walk.pass_over(size + 3 & ~3)
    if size < 4:  # noqa: PLR2004 - as above
        raise NoSegment(Lack.MALFORMED, "NFLOG")
    walk.pass_over(4)
    return Next(Space.ETHER_TYPE, _ether_type_of(family))


def pflog(walk: Walk) -> Next:
    """Go on behind what a BSD's packet filter says of a packet: its length, without padding, then the family."""
    family = walk.number(1, 1)
    walk.pass_over(walk.number(0, 1) + 3 & ~3)
    return Next(Space.ETHER_TYPE, _ether_type_of(family))
