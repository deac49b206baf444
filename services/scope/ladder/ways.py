"""How a segment went from one vantage point to another: how long it took, how far it came."""

from services.scope.model import Conversation, Flags, Segment
from services.scope.vantages import Delay, LossPlace, delay

# Control bits that have a number of their own.
_NUMBERED = Flags.SYN | Flags.FIN


def delay_of(segment: Segment, conversation: Conversation) -> Delay | None:
    """Return how long a segment was on its way, at least and at most; None where that is not known."""
    if segment.left_ns is None or segment.arrived_ns is None or not conversation.clocks:
        return None
    return delay(conversation.clocks[0], segment.left_ns, segment.arrived_ns, from_client=segment.sender == "client")


def is_lost(segment: Segment) -> bool:
    """Tell whether nothing of it came to its receiver's host."""
    return segment.lost is not None and segment.lost.place is LossPlace.BETWEEN and segment.lost.length is None


def is_dropped(segment: Segment) -> bool:
    """Tell whether it came to its receiver's host, and nothing of it to the TCP there."""
    return segment.lost is not None and segment.lost.place is LossPlace.AFTER_ARRIVAL and segment.lost.length is None


def share_of_way(segment: Segment, conversation: Conversation) -> float:
    """Return how much of its way a segment came that was lost, from 0 to 1: the middle between the two points."""
    points = conversation.vantages if segment.sender == "client" else conversation.vantages[::-1]
    if segment.lost is None or segment.lost.last not in points[:-1]:
        return 1.0
    return (points.index(segment.lost.last) + 0.5) / (len(points) - 1)


def is_delivered(segment: Segment) -> bool:
    """Tell whether all of it came to its receiver's TCP."""
    return segment.lost is None


def end(segment: Segment) -> int:
    """Return one past a segment's last number."""
    behind = segment.seq + segment.length
    return behind + 1 if segment.has(_NUMBERED) else behind
