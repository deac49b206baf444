"""Finds packets sent once and captured twice: by a mirror port, on `any`, on a bridge, on both sides of a router.

A copy repeats the whole TCP header. So does a retransmission, but it has another IP identification (Linux, Windows), or
comes later than any copy. Where a sender does not number its packets (IPv6; 0 with DF in IPv4) that is not enough:
three duplicate ACKs have three times the same header.
"""

from services.scope.model import Flags, Packet, Segment, Side
from services.scope.tcp.flow import Flow

_SYN = int(Flags.SYN)

# How many packets back the original may be: packets captured between the two took another path.
_LOOK_BACK = 64

# A router may hold a packet for long (85 ms seen); its copy is then told by its lower TTL.
_FORWARDED_NS = 1_000_000_000

# Less than any retransmission timer: Linux's least is 200 ms (TCP_RTO_MIN), 1 s for a SYN (RFC 6298).
_MIRRORED_NS = 100_000_000

# Used where only the time can tell a copy from a duplicate ACK, and the conversation has copies already.
_AT_ONCE_NS = 5_000_000


def find_original(
    segments: list[Segment], flow: Flow, packet: Packet, sender: Side, numbers: tuple[int, int | None, int]
) -> Segment | None:
    """Return the segment that a packet is a copy of; `numbers` are its seq, ack and window, as a segment has them.

    The caller has checked that the packet brings nothing new: only then can it be a copy.
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
        return True  # a sender gives a retransmission the same TTL
    if flow.numbers_packets and packet.identification:
        return gap_ns <= _MIRRORED_NS
    if packet.flags & _SYN:
        return gap_ns <= _MIRRORED_NS
    return is_likely and gap_ns <= _AT_ONCE_NS
