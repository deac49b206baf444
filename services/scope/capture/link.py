"""From a frame to the IP packet in it: the link layers that TCP is captured on (tcpdump.org/linktypes.html)."""

from collections.abc import Callable

IPV4, IPV6 = 0x0800, 0x86DD

# 802.1Q, 802.1ad (QinQ), and what was used for QinQ before it was standardised.
_VLAN_TAGS = (0x8100, 0x88A8, 0x9100)

# A BSD system's AF_INET, and AF_INET6 of NetBSD, FreeBSD, Darwin and Linux.
_FAMILIES = {2: IPV4, 24: IPV6, 28: IPV6, 30: IPV6, 10: IPV6}
_MAX_FAMILY = 0xFF

# Return the EtherType and where the packet begins, or (0, 0) where there is none.
Link = Callable[[bytes], tuple[int, int]]


def _ethernet(frame: bytes) -> tuple[int, int]:
    return _typed(frame, 12)


def _cooked(frame: bytes) -> tuple[int, int]:
    return _typed(frame, 14)  # SLL: type, address type, address length, 8 bytes of address, EtherType


def _cooked_v2(frame: bytes) -> tuple[int, int]:
    return _typed(frame, 0, 18)  # SLL2 begins with the EtherType


def _typed(frame: bytes, at: int, rest: int = 0) -> tuple[int, int]:
    """Read the EtherType at `at`, with any VLAN tags, and `rest` bytes that stand between it and what it names."""
    ether_type = int.from_bytes(frame[at : at + 2])
    at += 2 + rest
    while ether_type in _VLAN_TAGS:
        ether_type = int.from_bytes(frame[at + 2 : at + 4])
        at += 4
    return ether_type, at


def _raw(frame: bytes) -> tuple[int, int]:
    version = frame[0] >> 4 if frame else 0
    return {4: IPV4, 6: IPV6}.get(version, 0), 0


def _loopback(frame: bytes) -> tuple[int, int]:
    # In the byte order of the machine that captured (NULL), or of the network (LOOP): a family is small.
    family = int.from_bytes(frame[:4], "little")
    if family > _MAX_FAMILY:
        family = int.from_bytes(frame[:4])
    return _FAMILIES.get(family, 0), 4


LINKS: dict[int, Link] = {
    0: _loopback,
    1: _ethernet,
    12: _raw,  # DLT_RAW, which differs between systems
    14: _raw,
    101: _raw,
    108: _loopback,
    113: _cooked,
    228: lambda _: (IPV4, 0),
    229: lambda _: (IPV6, 0),
    276: _cooked_v2,
}
