"""Wi-Fi's data frames (IEEE 802.11), and what captures put before them: radiotap, Prism, AVS, PPI."""

from services.scope.capture.layers.layer import Next, NoSegment, Space, Walk
from services.scope.capture.layers.llc import llc
from services.scope.gaps import Lack

# The first two bytes of a frame: version, type and subtype; then flags.
_TYPES = {0: "802.11 management", 1: "802.11 control", 3: "802.11 extension"}
_DATA = 2
_WITHOUT_DATA, _WITH_QOS = 0x4, 0x8  # bits of a data frame's subtype
_BOTH_WAYS, _IS_PROTECTED, _HAS_ORDER = 0x03, 0x40, 0x80

_HEADER_BYTES, _FOURTH_ADDRESS_BYTES, _QOS_BYTES, _HT_BYTES = 24, 6, 2, 4
_IS_AGGREGATE = 0x80  # of the QoS field: several packets, each with an Ethernet header of its own (A-MSDU)
_FRAGMENT_BITS = 0x0F  # of the sequence control


def wifi(walk: Walk, *, is_padded: bool = False) -> Next:
    """Go on behind a data frame's header; `is_padded`: so that what follows begins at a multiple of 4 bytes."""
    control, flags = walk.number(0, 1), walk.number(1, 1)
    kind, subtype = control >> 2 & 3, control >> 4
    if kind != _DATA:
        raise NoSegment(Lack.OTHER, _TYPES[kind])
    if subtype & _WITHOUT_DATA:
        raise NoSegment(Lack.OTHER, "802.11 without data")
    if flags & _IS_PROTECTED:
        raise NoSegment(Lack.ENCRYPTED, "802.11")
    if walk.number(22, 1) & _FRAGMENT_BITS:
        raise NoSegment(Lack.FRAGMENT, "802.11")
    size = _HEADER_BYTES + (_FOURTH_ADDRESS_BYTES if flags & _BOTH_WAYS == _BOTH_WAYS else 0)
    is_aggregate = False
    if subtype & _WITH_QOS:
        is_aggregate = bool(walk.number(size, 1) & _IS_AGGREGATE)
        size += _QOS_BYTES + (_HT_BYTES if flags & _HAS_ORDER else 0)
    walk.pass_over(size + 3 & ~3 if is_padded else size)
    if is_aggregate:
        walk.pass_over(14)  # to the first of its packets: two addresses and a length
    return llc(walk)


_EXTENDED = 1 << 31  # another word of radiotap's field bits follows
_HAS_TIME, _HAS_FLAGS = 0x1, 0x2
_DATA_PAD = 0x20


def radiotap(walk: Walk) -> Next:
    """Go on behind radiotap's header: version, length, which fields there are, these fields."""
    length, present = walk.little(2, 2), walk.little(4, 4)
    at, word = 8, present
    while word & _EXTENDED:
        word = walk.little(at, 4)
        at += 4
    if present & _HAS_TIME:
        at = (at + 7 & ~7) + 8  # aligned to its own size
    flags = walk.number(at, 1) if present & _HAS_FLAGS else 0
    walk.pass_over(length)
    return wifi(walk, is_padded=bool(flags & _DATA_PAD))


_AVS = 0x80211000  # in the upper 20 bits of AVS's first word; Prism's stands on the same link type
_AVS_BITS = 0xFFFFF000
_PRISM_BYTES = 144


def prism(walk: Walk) -> Next:
    """Go on behind the header of a Prism card, or the AVS header that came after it."""
    if walk.number(0, 4) & _AVS_BITS == _AVS:
        return avs(walk)
    walk.pass_over(_PRISM_BYTES)
    return wifi(walk)


def avs(walk: Walk) -> Next:
    """Go on behind an AVS header, which tells its length."""
    walk.pass_over(walk.number(4, 4))
    return wifi(walk)


def ppi(walk: Walk) -> Next:
    """Go on behind a PPI header, which tells its length and what follows."""
    length, link_type = walk.little(2, 2), walk.little(4, 4)
    walk.pass_over(length)
    return Next(Space.LINK, link_type)
