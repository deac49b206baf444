"""Ladders of conversations that were seen at both ends, by hand: who sends what when, how long it is on its way."""

from collections.abc import Iterable

from services.scope.calls.assemble import Assembler
from services.scope.calls.records import Record
from services.scope.model import Conversation
from services.scope.vantages import Loss, LossPlace, Offset, VantageClock
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import Talk, followed

POINTS = ("laptop", "rack")
ONE_WAY_NS = 400_000

# By so much a side's clock may be other than assumed: a delay is known to no less.
DOUBT_NS = 7_500


def seen_at_both(
    spoken: Talk,
    records: Iterable[Record] = (),
    *,
    one_way_ns: int = ONE_WAY_NS,
    lost: Iterable[int] = (),
    dropped: Iterable[int] = (),
) -> Conversation:
    """Return a talk's one conversation, whose times are those of its server's point, as it was seen at both.

    Segments, by their indexes, can be `lost` between the points, or `dropped` after their arrival.
    """
    (conversation,) = followed(spoken)
    conversation.vantages = POINTS
    offset = Offset(2_113_000_000, 2_113_000_000 - DOUBT_NS, 2_113_000_000 + DOUBT_NS)
    first_ns, last_ns = conversation.segments[0].t_ns, conversation.segments[-1].t_ns
    conversation.clocks = (VantageClock(POINTS[0], first_ns, last_ns, offset, offset),)
    for index, segment in enumerate(conversation.segments):
        is_clients = segment.sender == "client"
        segment.left_ns = segment.t_ns - one_way_ns if is_clients else segment.t_ns
        segment.arrived_ns = segment.left_ns + one_way_ns
        if index in lost:
            segment.arrived_ns, segment.lost = None, Loss(LossPlace.BETWEEN, *(POINTS if is_clients else POINTS[::-1]))
            segment.t_ns = segment.left_ns
        elif index in dropped:
            segment.lost = Loss(LossPlace.AFTER_ARRIVAL, POINTS[1] if is_clients else POINTS[0], None)
    Assembler(records).complete(conversation)
    return conversation


def quiet() -> Conversation:
    """Return a session in which each segment arrives before the next one leaves."""
    return seen_at_both(session())


def crossing() -> Conversation:
    """Return one in which both send at once: what one side sends is on its way when the other's leaves."""
    spoken = Talk()
    spoken.client("SYN", 0)
    spoken.server("SYN ACK", 0, 1)
    spoken.client("ACK", 1, 1, after_ms=3.6)
    spoken.server("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 6, 1, 5, after_ms=0.2)
    spoken.server("PSH ACK", 6, 6, 5)
    spoken.client("ACK", 11, 6, after_ms=4)
    return seen_at_both(spoken, one_way_ns=1_700_000)


def lossy() -> Conversation:
    """Return one whose first data is lost on its way, whose second try is dropped at the server, the third arrives."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 1, 1, 5, after_ms=203)
    spoken.client("PSH ACK", 1, 1, 5, after_ms=408)
    spoken.server("PSH ACK", 1, 6, 5)
    spoken.client("ACK", 6, 6)
    return seen_at_both(spoken, lost=[3], dropped=[4])
