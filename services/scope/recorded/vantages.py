"""What a ladder's JSON tells of several vantage points: their clocks, and where segments were lost."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from services.scope.recorded.noted import Count, Number, Strict, TimeNs
from services.scope.vantages import Loss, LossPlace, Offset, VantageClock

Name = Annotated[str, Field(min_length=1, max_length=255)]


class Lost(Strict):
    """Where a segment was lost."""

    place: LossPlace
    last: Name
    next: Name | None = None
    length: Count | None = None

    def fact(self) -> Loss:
        """Return it as the scope has it."""
        return Loss(self.place, self.last, self.next, self.length)


class _Offset(Strict):
    likely_ns: Number
    least_ns: Number | None
    most_ns: Number | None

    @property
    def is_turned(self) -> bool:
        """Whether its least is more than its most."""
        return self.least_ns is not None and self.most_ns is not None and self.least_ns > self.most_ns

    def fact(self) -> Offset:
        return Offset(self.likely_ns, self.least_ns, self.most_ns)


class Clock(Strict):
    """How far a vantage point's clock was ahead."""

    vantage: Name
    first_ns: TimeNs
    last_ns: TimeNs
    first: _Offset
    last: _Offset
    is_possible: bool

    def fact(self) -> VantageClock:
        """Return it as the scope has it."""
        first, last = self.first.fact(), self.last.fact()
        return VantageClock(self.vantage, self.first_ns, self.last_ns, first, last, self.is_possible)


def check_fit(vantages: Sequence[str], clocks: Sequence[Clock], losses: Iterable[Lost | None]) -> None:
    """Raise ValueError where these do not fit together."""
    if [clock.vantage for clock in clocks] != list(vantages[:-1]):
        raise ValueError("clocks should be of its vantages, but the last")
    if any(clock.is_possible and (clock.first.is_turned or clock.last.is_turned) for clock in clocks):
        raise ValueError("the least that a clock was ahead should be no more than the most")
    for lost in losses:
        if lost is None:
            continue
        if lost.last not in vantages or lost.next not in (None, *vantages):
            raise ValueError("a segment was lost behind a point that is none of its vantages")
        if (lost.next is None) != (lost.place is LossPlace.AFTER_ARRIVAL):
            raise ValueError("a segment is lost between two vantages, or after its arrival at the last")
