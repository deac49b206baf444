"""Which sentences tell how a segment went from one vantage point to another: what was seen of it, at both."""

from services.scope.explain.case import Case
from services.scope.explain.history import neighbours
from services.scope.ladder.rows import Row
from services.scope.ladder.ways import delay_of
from services.scope.model import Conversation, Segment
from services.scope.notes import SENT_AGAIN
from services.scope.vantages import Loss, LossPlace
from services.scope.words.spans import span
from services.scope.words.ways import WayPhrases
from services.scope.words.words import time


class Ways:
    """The segments of a conversation that was captured at several points; of any other there is nothing to tell."""

    def __init__(self, conversation: Conversation, words: WayPhrases) -> None:
        self._conversation = conversation
        self._words = words
        self._before, self._after = neighbours(conversation.segments if conversation.vantages else [])

    def cases(self, row: Row) -> list[Case]:
        """Return the cases of a row: what a segment repeats where it leaves, how it went where it arrives."""
        if not self._conversation.vantages:
            return []
        segment = self._conversation.segments[row.of]
        found = self._repeats(row.of, segment) if row.leaves else []
        return found + self._way(row, segment) if row.arrives else found

    def _way(self, row: Row, segment: Segment) -> list[Case]:
        points = self._conversation.vantages
        first, last = (points[0], points[-1]) if segment.sender == "client" else (points[-1], points[0])
        values: dict[str, str | int] = {"first": first, "last": last}
        found = []
        if segment.left_ns is not None and segment.arrived_ns is not None:
            delay = delay_of(segment, self._conversation)
            name = "arrives" if row.kind == "arrival" else "crosses"
            found.append(
                Case(f"{name}_after", values | {"span": span(self._words, *delay)}) if delay else Case(name, values)
            )
        if segment.lost is not None:
            found += self._loss(row.of, segment, segment.lost, values)
        return found

    def _loss(self, index: int, segment: Segment, lost: Loss, values: dict[str, str | int]) -> list[Case]:
        told = values | {"last": lost.last, "next": lost.next or "", "length": lost.length or 0}
        name = "way_lost" if lost.place is LossPlace.BETWEEN else "way_dropped"
        found = [Case(name if lost.length is None else f"{name}_part", told)]
        if (at := self._after[index]) is not None:
            again = self._conversation.segments[at]
            wait_ns = again.seen_ns(again.sender) - segment.seen_ns(segment.sender)
            found.append(Case("way_again", {"wait": time(wait_ns)}))
        return found

    def _repeats(self, index: int, segment: Segment) -> list[Case]:
        """Tell what became of the segment that this one repeats: whether it was needed."""
        if SENT_AGAIN.isdisjoint(segment.kinds):
            return []
        if (at := self._before[index]) is None:
            return []
        before = self._conversation.segments[at]
        if before.left_ns is None:
            return []
        if before.lost is None:
            return [Case("repeats_arrived", {})] if before.arrived_ns is not None else []
        name = "repeats_lost" if before.lost.place is LossPlace.BETWEEN else "repeats_dropped"
        return [Case(name, {"last": before.lost.last, "next": before.lost.next or ""})]
