"""Conversations seen from several vantage points."""

from services.scope.model import Conversation
from services.scope.vantages import Loss, LossPlace, Offset, VantageClock
from tests.unit.services.scope.harness.wire import START_NS


def seen_from_two(conversation: Conversation) -> Conversation:
    """Mark one as such, by hand: its first segment was lost on the way, its fourth after it arrived."""
    conversation.vantages = ("laptop", "rack")
    conversation.clocks = (VantageClock("laptop", START_NS, START_NS + 10, Offset(5, 4, None), Offset(6, 5, None)),)
    lost, dropped = conversation.segments[0], conversation.segments[3]
    lost.left_ns, lost.lost = START_NS, Loss(LossPlace.BETWEEN, "laptop", "rack")
    dropped.left_ns, dropped.arrived_ns = START_NS + 1, START_NS + 3
    dropped.lost = Loss(LossPlace.AFTER_ARRIVAL, "rack", length=2)
    return conversation
