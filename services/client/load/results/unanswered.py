"""Messages that were due and did not come back: how long each has waited at least, in bounded memory."""

from collections import Counter
from collections.abc import Callable

_NS_PER_US = 1000

# So many different times are kept; beyond them, neighbours are merged.
_MAX_TIMES = 20_000

# A range of messages is counted in at most so many groups.
_MAX_GROUPS = 5_000


class Unanswered:
    """Counts messages by when they were due (CLOCK_MONOTONIC, ns).

    Merged messages count as due when the last of them was, so that every wait reported is a lower bound.
    """

    def __init__(self) -> None:
        self.count = 0
        self._width_ns = _NS_PER_US
        self._due: Counter[int] = Counter()

    def add(self, due_ns: int, count: int = 1) -> None:
        """Add messages that were due then."""
        self.count += count
        self._due[-(-due_ns // self._width_ns)] += count
        if len(self._due) > _MAX_TIMES:
            self._width_ns *= 2
            coarser: Counter[int] = Counter()
            for at, number in self._due.items():
                coarser[-(-at // 2)] += number
            self._due = coarser

    def add_range(self, first: int, end: int, due_ns: Callable[[int], int]) -> None:
        """Add messages `first` to `end` (exclusive); `due_ns` tells when each was due, which ascends."""
        group = -(-(end - first) // _MAX_GROUPS) or 1
        for start in range(first, end, group):
            after = min(start + group, end)
            self.add(due_ns(after - 1), after - start)

    def waits_us(self, now_ns: int) -> Counter[int]:
        """Return how long they have waited at least by `now_ns`, and how many of them each."""
        waits: Counter[int] = Counter()
        for at, count in self._due.items():
            waits[max(0, now_ns - at * self._width_ns) // _NS_PER_US] += count
        return waits
