"""Finds what was captured twice and sent once: by a mirror port, on `any`, on a bridge, before and behind a router.

A copy repeats the whole TCP header. What is sent again does so as well, but has another identification (Linux,
Windows), or comes later than any copy. Where a sender does not number its packets (IPv6; 0 with DF in IPv4) that is not
enough: three duplicate ACKs are the same header thrice.
"""

from services.scope.model import Flags, Packet, Segment, Side
from services.scope.tcp.flow import Flow

_SYN = int(Flags.SYN)

# So far back a copy may be: what has come in between went another way.
_LOOK_BACK = 64

# A router in between may hold a packet for long (85 ms seen); what tells then is that a hop less is left.
_FORWARDED_NS = 1_000_000_000

# Sooner than anything is sent again by a timer: 200 ms is Linux's least (TCP_RTO_MIN), 1 s a SYN's (RFC 6298).
_MIRRORED_NS = 100_000_000

# Where nothing but the time tells a copy from a duplicate ACK, and the conversation has copies.
_AT_ONCE_NS = 5_000_000


def find_original(
    segments: list[Segment], flow: Flow, packet: Packet, sender: Side, numbers: tuple[int, int | None, int]
) -> Segment | None:
    """Return the segment that a packet is a copy of; `numbers` are its seq, ack and window, as a segment has them.

    Only where it brings nothing new can it be one: the caller has seen to that.
    """
    behind = 0  # the same sender's segments in between
    for at in range(len(segments) - 1, max(len(segments) - 1 - _LOOK_BACK, -1), -1):
        segment = segments[at]
        if packet.t_ns - segment.t_ns > _FORWARDED_NS:
            return None
        if segment.sender != sender or segment.is_copy:
            continue
        if (
            segment.flags == packet.flags
            and segment.length == packet.length
            and (segment.seq, segment.ack, segment.window) == numbers
            and segment.identification == packet.identification
            and segment.options == packet.options
        ):
            has_copies = any(other.is_copy for other in segments[-_LOOK_BACK:])
            return segment if _is_copy(segment, flow, packet, is_likely=has_copies and not behind) else None
        behind += 1
    return None


def _is_copy(original: Segment, flow: Flow, packet: Packet, *, is_likely: bool) -> bool:
    gap_ns = packet.t_ns - original.t_ns
    if packet.hops != original.hops:
        return True  # whoever sends again begins with as many hops
    if flow.numbers_packets and packet.identification:
        return gap_ns <= _MIRRORED_NS
    if packet.flags & _SYN:
        return gap_ns <= _MIRRORED_NS
    return is_likely and gap_ns <= _AT_ONCE_NS
