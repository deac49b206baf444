"""Where the time went that something stayed in a host, from a segment's arrival to the next one's departure."""

from collections.abc import Iterator
from typing import NamedTuple

from services.scope.model import SIDES, Conversation, JoinedCall, Side
from services.scope.notes import NoteKind
from services.scope.rules import ClockCheck
from services.scope.vantages import SpentOn


class Part(NamedTuple):
    """Time spent on one thing, at a side or, as on the network, at none."""

    on: SpentOn
    side: Side | None
    took_ns: int


class Stays:
    """A conversation's calls by the segments that they caused and waited for; none of a side whose times cannot be."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._readers: dict[tuple[Side, int], JoinedCall] = {}  # the last that waited for a segment
        self._writers: dict[tuple[Side, int], JoinedCall] = {}  # the first that caused it
        clocks = (check for check in conversation.checks if isinstance(check, ClockCheck))
        is_unjudged = NoteKind.UNJUDGED in conversation.kinds
        impossible = set(SIDES) if is_unjudged else {clock.side for clock in clocks if not clock.is_possible}
        for joined in conversation.calls:
            if joined.side in impossible:
                continue
            for index in joined.segments:
                if conversation.segments[index].sender == joined.side:
                    self._writers.setdefault((joined.side, index), joined)
                else:
                    self._readers[joined.side, index] = joined

    def between(self, side: Side, came: int | None, went: int) -> list[Part]:
        """Return the parts of a stay, from one segment's arrival to another's departure; None: from the call on."""
        if came is None:
            return self.before(side, went)
        came_ns, went_ns = self._seen_ns(came, side), self._seen_ns(went, side)
        reader, writer = self._readers.get((side, came)), self._writers.get((side, went))
        if reader is None or writer is None or reader.call.slack_ns:
            return [Part(SpentOn.HOST, side, went_ns - came_ns)]
        sent_ns = self._on_ladder(writer.call.t0_ns, side)
        received_ns = self._on_ladder(reader.call.t1_ns, side)
        if sent_ns < received_ns:  # another thread's: what it waited for is not known
            return [Part(SpentOn.HOST, side, went_ns - came_ns)]
        marks = [came_ns, self._on_ladder(reader.call.t0_ns, side), received_ns, sent_ns, went_ns]
        spent_on = (SpentOn.BEFORE_RECV, SpentOn.KERNEL, SpentOn.BEFORE_SEND, SpentOn.KERNEL)
        return list(_cut(spent_on, side, marks))

    def before(self, side: Side, went: int) -> list[Part]:
        """Return the time from the call that caused a segment to its departure; nothing where it is not known."""
        writer = self._writers.get((side, went))
        if writer is None:
            return []
        marks = [self._on_ladder(writer.call.t0_ns, side), self._seen_ns(went, side)]
        return list(_cut((SpentOn.KERNEL,), side, marks))

    def after(self, side: Side, came: int) -> list[Part]:
        """Return the parts of the time from a segment's arrival until a call has taken it; nothing without the call."""
        reader = self._readers.get((side, came))
        if reader is None or reader.call.slack_ns:
            return []
        entered_ns, returned_ns = (self._on_ladder(t_ns, side) for t_ns in (reader.call.t0_ns, reader.call.t1_ns))
        marks = [self._seen_ns(came, side), entered_ns, returned_ns]
        return list(_cut((SpentOn.BEFORE_RECV, SpentOn.KERNEL), side, marks))

    def _seen_ns(self, index: int, side: Side) -> int:
        return self._conversation.segments[index].seen_ns(side)

    def _on_ladder(self, t_ns: int, side: Side) -> int:
        return t_ns - self._conversation.ahead_ns[side]


def _cut(spent_on: tuple[SpentOn, ...], side: Side, marks: list[int]) -> Iterator[Part]:
    """Give the parts between marks; one that lies before the one before it, or after the last, takes nothing."""
    reached_ns = marks[0]
    for on, mark_ns in zip(spent_on, marks[1:], strict=True):
        until_ns = max(min(mark_ns, marks[-1]), reached_ns)
        yield Part(on, side, until_ns - reached_ns)
        reached_ns = until_ns
