"""What a phase of the load came to: counts, and durations by the second, gathered in lists and counted in batches."""

import time
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from services.client.histogram import Durations

_NS = 10**9


class Tally:
    """Durations in whole microseconds as pairs of value and count, 16 bytes each, where a histogram has 184 KiB.

    Histograms are made when the run is over: recording 3,000 values takes 3 to 5 ms, which an open loop has not.
    """

    def __init__(self, counts: Counter[int]) -> None:
        self._values = array("Q", counts.keys())
        self._counts = array("Q", counts.values())

    def counts(self) -> dict[int, int]:
        """Return how often each duration was seen."""
        return dict(zip(self._values, self._counts, strict=True))

    def durations(self) -> Durations:
        """Return them as a histogram."""
        durations = Durations()
        durations.record(self.counts())
        return durations


@dataclass(frozen=True)
class Second:
    """What was verified, and what went wrong, in one second of the wall clock."""

    second: int
    messages: int
    errors: int
    latency: Tally
    service: Tally


@dataclass(frozen=True)
class Glance:
    """A second for somebody who watches; durations in us, null where there was no message."""

    messages: int
    errors: int
    p50_us: int | None
    p99_us: int | None
    max_us: int | None


@dataclass
class Lateness:
    """Messages that our own loop got to later than they were due."""

    count: int = 0
    max_us: int = 0
    total_us: int = 0

    def add(self, late_us: int) -> None:
        """Count one."""
        self.count += 1
        self.total_us += late_us
        self.max_us = max(self.max_us, late_us)


@dataclass
class Recording:
    """The loop appends to the three lists, in ns; fold() counts what they hold.

    In a closed loop a message is due when it is sent: latency is service time, and both are one list.
    """

    message_bytes: int
    latency_ns: list[int] = field(default_factory=list)
    service_ns: list[int] = field(default_factory=list)
    connect_ns: list[int] = field(default_factory=list)
    messages_due: int = 0
    messages_sent: int = 0
    messages_verified: int = 0
    bytes_sent: int = 0
    bytes_verified: int = 0
    mismatches: int = 0
    sessions: int = 0
    sessions_failed: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    late: Lateness = field(default_factory=Lateness)
    seconds: list[Second] = field(default_factory=list)
    connect_us: Counter[int] = field(default_factory=Counter)
    last_ns: int = 0
    _second: int = -1
    _clock_offset_ns: int = 0
    _latency: Counter[int] = field(default_factory=Counter)
    _service: Counter[int] = field(default_factory=Counter)
    _errors_before: int = 0

    def start(self, now_ns: int) -> None:
        """Begin the timeline with the second that `now_ns` (CLOCK_MONOTONIC) is in."""
        self._clock_offset_ns = time.time_ns() - time.monotonic_ns()
        self._second = self._wall_second(now_ns)

    def fold(self, now_ns: int) -> Glance | None:
        """Count what was gathered, all of it before `now_ns`; return the second that has ended since, if one has.

        Called more than once a second, so that no call takes long.
        """
        if self.latency_ns:
            self._latency.update([ns // 1000 for ns in self.latency_ns])
            self.messages_verified += len(self.latency_ns)
            self.latency_ns.clear()
        self.connect_us.update([ns // 1000 for ns in self.connect_ns])
        self.connect_ns.clear()
        if self.service_ns:
            self._service.update([ns // 1000 for ns in self.service_ns])
            self.service_ns.clear()
        return self._end_seconds(now_ns) if self._second >= 0 else None

    def finish(self) -> None:
        """End the second under way, if the phase has begun: replicas that never met have no timeline."""
        if self._second >= 0:
            self._end_second()

    def glance(self) -> Glance:
        """Return the second under way."""
        counts = sorted(self._latency.items())
        total = self._latency.total()
        sums = list(accumulate(count for _, count in counts))

        def percentile(share: float) -> int | None:
            return next((value for (value, _), upto in zip(counts, sums, strict=True) if upto >= share * total), None)

        errors = self.errors.total() - self._errors_before
        return Glance(total, errors, percentile(0.5), percentile(0.99), percentile(1.0))

    def wall_ns(self, now_ns: int) -> int:
        """Return what the wall clock says at `now_ns`."""
        return now_ns + self._clock_offset_ns

    def _wall_second(self, now_ns: int) -> int:
        return self.wall_ns(now_ns) // _NS

    def _end_seconds(self, now_ns: int) -> Glance | None:
        if self._wall_second(now_ns) <= self._second:
            return None
        glance = self.glance()
        while self._second < self._wall_second(now_ns):  # more than one if the loop itself was stopped
            self._end_second()
            self._second += 1
        # A clock that is set meanwhile moves the seconds that follow, and never back.
        self._clock_offset_ns = time.time_ns() - time.monotonic_ns()
        return glance

    def _end_second(self) -> None:
        errors = self.errors.total()
        self.seconds.append(
            Second(
                self._second,
                self._latency.total(),
                errors - self._errors_before,
                Tally(self._latency),
                Tally(self._service),
            )
        )
        self._errors_before = errors
        self._latency, self._service = Counter(), Counter()


def total(tallies: Iterable[Tally]) -> Durations:
    """Return all of them as one histogram."""
    durations = Durations()
    for tally in tallies:
        durations.add(tally.durations())
    return durations
