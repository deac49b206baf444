"""What the client can do here: how much it sent while it was the client itself that could not keep up."""

from dataclasses import dataclass, field
from typing import NamedTuple, Self


class Counts(NamedTuple):
    """Messages of an open loop until now: those that the loop got to, the late ones among them, those begun."""

    due: int
    late: int
    sent: int


@dataclass
class Saturation:
    """The time in which most messages were late by the client's own doing, and the `messages` begun meanwhile.

    A late message here and there is the machine's noise. Where most are late from one tick to the next, the loop has no
    time left, and what it then sends is all that it can send.
    """

    messages: int = 0
    time_us: int = 0
    _before: Counts | None = field(default=None, repr=False)
    _since_ns: int = 0

    def tick(self, now_ns: int, counts: Counts) -> None:
        """Judge the time since the tick before; `counts` are those of the phase up to `now_ns` (CLOCK_MONOTONIC)."""
        before, since_ns = self._before, self._since_ns
        self._before, self._since_ns = counts, now_ns
        if before is None:
            return
        got_to, late = counts.due - before.due, counts.late - before.late
        if late * 2 > got_to:
            self.messages += counts.sent - before.sent
            self.time_us += (now_ns - since_ns) // 1000

    def merge(self, other: Self) -> None:
        """Add another's."""
        self.messages += other.messages
        self.time_us += other.time_us
