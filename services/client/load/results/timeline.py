"""What a load did second by second: in bounded memory however long it lasts, and without losing a sample."""

import time
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from shared.load.histogram import Durations, bucket_us

_NS = 10**9

# Most slices in a timeline. Each takes up to 128 KiB for latencies and service times together, so that all fit well
# into a container of 256 MiB; a load of five minutes keeps every second.
MAX_SLICES = 300

# So many different durations are kept exactly; with more, all are rounded to the histogram's buckets.
_MAX_VALUES = 4096


class Tally:
    """Durations in whole microseconds as pairs of value and count: 16 bytes each, while a histogram takes 184 KiB.

    Histograms are made when the run is over: recording 3,000 values takes 3 to 5 ms, too long for an open loop.
    Values may be rounded as a histogram's buckets round them; least, greatest and total are exact all the same.
    """

    def __init__(self, counts: Counter[int]) -> None:
        self.total_us = sum(value * count for value, count in counts.items())
        self.min_us, self.max_us = min(counts, default=0), max(counts, default=0)
        self._keep(counts)

    def merge(self, other: Self) -> None:
        """Add another's durations."""
        if not other._values:
            return
        self.min_us = min(self.min_us, other.min_us) if self._values else other.min_us
        self.max_us = max(self.max_us, other.max_us)
        self.total_us += other.total_us
        counts = Counter(self.counts())
        counts.update(other.counts())
        self._keep(counts)

    def counts(self) -> dict[int, int]:
        """Return how often each duration was seen."""
        return dict(zip(self._values, self._counts, strict=True))

    def add_to(self, durations: Durations) -> None:
        """Add them to a histogram."""
        durations.record(self.counts(), exactly=(self.total_us, self.min_us, self.max_us))

    def _keep(self, counts: Counter[int]) -> None:
        if len(counts) > _MAX_VALUES:
            rounded: Counter[int] = Counter()
            for value_us, count in counts.items():
                rounded[bucket_us(value_us)] += count
            counts = rounded
        self._values = array("Q", counts.keys())
        self._counts = array("Q", counts.values())


@dataclass
class Slice:
    """What was verified, and what went wrong, from `second` (Unix time) on for `width_s` seconds.

    `latency` also has the messages that did not come back, each with the least time it has waited.
    """

    second: int
    width_s: int
    messages: int
    errors: int
    latency: Tally
    service: Tally

    def merge(self, other: Self) -> None:
        """Add a later one, which then is part of this one."""
        self.messages += other.messages
        self.errors += other.errors
        self.latency.merge(other.latency)
        self.service.merge(other.service)

    def widen(self, width_s: int) -> None:
        """Count it as one of the slices of that width, which all begin at multiples of it."""
        self.width_s = width_s
        self.second -= self.second % width_s


@dataclass
class Timeline:
    """The slices of a run, in order; `slices` is complete after end().

    It runs on the monotonic clock: `wall_ns()` is what the wall clock would say if it had not been set meanwhile;
    `clock_moved_ns` is by how much it was.
    """

    slices: list[Slice] = field(default_factory=list)
    clock_moved_ns: int = 0
    second: int = -1  # the one under way; below 0 before start()
    _offset_ns: int = 0
    _width_s: int = 1
    _at: int = 0  # slices before this one have the width `_width_s` already

    @property
    def has_started(self) -> bool:
        """Whether seconds are counted."""
        return self.second >= 0

    def start(self, now_ns: int) -> None:
        """Begin with the second that `now_ns` (CLOCK_MONOTONIC) is in."""
        self._offset_ns = time.time_ns() - time.monotonic_ns()
        self.second = self.wall_ns(now_ns) // _NS

    def wall_ns(self, now_ns: int) -> int:
        """Return the wall clock's time at `now_ns`."""
        return now_ns + self._offset_ns

    def is_over(self, now_ns: int) -> bool:
        """Tell whether the second under way has ended."""
        return self.wall_ns(now_ns) // _NS > self.second

    def add(self, messages: int, errors: int, latency: Counter[int], service: Counter[int]) -> Slice:
        """End the second under way with what was done in it, and return it; make room by merging two older slices."""
        ended = Slice(self.second, 1, messages, errors, Tally(latency), Tally(service))
        self.slices.append(ended)
        self.second += 1
        moved_ns = time.time_ns() - time.monotonic_ns() - self._offset_ns
        if abs(moved_ns) > abs(self.clock_moved_ns):
            self.clock_moved_ns = moved_ns
        if len(self.slices) > MAX_SLICES:
            self._merge_two()
        return ended

    def end(self) -> None:
        """Give all slices one width: a power of two, so that other replicas' slices can be merged to the same width."""
        self.slices = aligned(self.slices)

    def _merge_two(self) -> None:
        # One pair a second: merging all at once would hold up the loop for 0.1 s and more.
        if self._width_s == 1:
            self._width_s = 2
        while True:
            if self._at + 1 >= len(self.slices):
                self._width_s, self._at = self._width_s * 2, 0
            one, following = self.slices[self._at : self._at + 2]
            one.widen(self._width_s)
            if following.second // self._width_s == one.second // self._width_s:
                one.merge(following)
                del self.slices[self._at + 1]
                return
            self._at += 1


def aligned(slices: Sequence[Slice]) -> list[Slice]:
    """Return the slices, each as wide as the widest of them; those of the same time become one."""
    width_s = max((one.width_s for one in slices), default=1)
    found: list[Slice] = []
    for one in slices:
        one.widen(width_s)
        if found and found[-1].second == one.second:
            found[-1].merge(one)
        else:
            found.append(one)
    return found


def total(tallies: Iterable[Tally]) -> Durations:
    """Return all of them as one histogram."""
    durations = Durations()
    for tally in tallies:
        tally.add_to(durations)
    return durations
