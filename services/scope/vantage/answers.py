"""What the receiver of segments acknowledged, and when: as the point nearest to it saw that."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from services.scope.vantage.matching import Range


class Answer(NamedTuple):
    """One acknowledgement, with relative numbers; windows are in bytes."""

    t_ns: int
    ack: int
    sack: tuple[Range, ...]
    edge: int  # the first number beyond its window


class Answers:
    """All that one side sent."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._answers = sorted(answers, key=lambda answer: answer.t_ns)
        self._times_ns = [answer.t_ns for answer in self._answers]
        self._acks = list(accumulate((answer.ack for answer in self._answers), max))
        self._with_sack = [answer for answer in self._answers if answer.sack]

    def covers_ns(self, begin: int, end: int) -> int | None:
        """Return when these numbers were acknowledged first; None where they never were."""
        at = bisect_left(self._acks, end)
        found = [self._times_ns[at]] if at < len(self._acks) else []
        found += [
            answer.t_ns
            for answer in self._with_sack
            if any(first <= begin and end <= last for first, last in answer.sack)
        ]
        return min(found, default=None)

    def latest(self, before_ns: int) -> Answer | None:
        """Return the last one before a time that acknowledges most: its window counts."""
        at = bisect_left(self._times_ns, before_ns) - 1
        while at >= 0 and self._answers[at].ack != self._acks[at]:
            at -= 1
        return self._answers[at] if at >= 0 else None

    def has_duplicate(self, begin: int, end: int, after_ns: int) -> bool:
        """Tell whether it is reported, from a time on, that these numbers came twice (RFC 2883).

        That is in the first block: below the acknowledgement, or inside the second one.
        """
        for answer in self._with_sack:
            if answer.t_ns < after_ns:
                continue
            first, last = answer.sack[0]
            is_inside = any(one <= first and last <= other for one, other in answer.sack[1:2])
            if (last <= answer.ack or is_inside) and first < end and begin < last:
                return True
        return False
