"""What happened in a phase of the load: counts, and durations by the second, counted in batches."""

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple, Self

from services.client.load.results.saturation import Saturation
from services.client.load.results.timeline import Slice, Timeline, aligned
from services.client.load.results.unanswered import Unanswered


class Reason(NamedTuple):
    """Why something failed: in which phase of a connection, which kind of error, and the kernel's name for it."""

    phase: str  # resolve, connect, exchange or close
    kind: str
    errno: str | None


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
    """How often, and by how much, our own loop was later than it should have been."""

    count: int = 0
    max_us: int = 0
    total_us: int = 0

    def add(self, late_us: int) -> None:
        """Count once."""
        self.count += 1
        self.total_us += late_us
        self.max_us = max(self.max_us, late_us)

    def merge(self, other: Self) -> None:
        """Add another's."""
        self.count += other.count
        self.total_us += other.total_us
        self.max_us = max(self.max_us, other.max_us)


@dataclass
class Recording:
    """The loop appends to the three lists, in ns; fold() counts what they hold.

    In a closed loop a message is due when it is begun: latency is service time, and both are one list.
    `on_second` is called with each second of the timeline as it ends, and must not keep it: it may be merged.
    `late` counts messages that the loop handled later than they were due, `stalls` times when it did not run at all.
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
    reasons: Counter[Reason] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)
    late: Lateness = field(default_factory=Lateness)
    stalls: Lateness = field(default_factory=Lateness)
    saturation: Saturation = field(default_factory=Saturation)
    unanswered: Unanswered = field(default_factory=Unanswered)
    timeline: Timeline = field(default_factory=Timeline)
    connect_us: Counter[int] = field(default_factory=Counter)
    last_ns: int = 0
    on_second: Callable[[Slice], None] | None = None
    _latency: Counter[int] = field(default_factory=Counter)
    _service: Counter[int] = field(default_factory=Counter)
    _verified_before: int = 0
    _errors_before: int = 0

    def start(self, now_ns: int) -> None:
        """Begin the timeline with the second that `now_ns` (CLOCK_MONOTONIC) is in."""
        self.timeline.start(now_ns)

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
        if not self.timeline.has_started or not self.timeline.is_over(now_ns):
            return None
        glance = self.glance()
        while self.timeline.is_over(now_ns):  # more than one if the loop itself was stopped
            self._end_second()
        return glance

    def end(self, now_ns: int) -> None:
        """Count what never came back: each message has waited until `now_ns` at least, and that wait is its latency."""
        self.fold(now_ns)
        self._latency.update(self.unanswered.waits_us(now_ns))

    def finish(self) -> None:
        """End the second under way, if the phase has begun, and the timeline: replicas that never met have none."""
        if self.timeline.has_started:
            self._end_second()
        self.timeline.end()

    def glance(self) -> Glance:
        """Return the second under way."""
        counts = sorted(self._latency.items())
        total = self._latency.total()
        sums = list(accumulate(count for _, count in counts))

        def percentile(share: float) -> int | None:
            return next((value for (value, _), upto in zip(counts, sums, strict=True) if upto >= share * total), None)

        errors = self.errors.total() - self._errors_before
        return Glance(total, errors, percentile(0.5), percentile(0.99), percentile(1.0))

    def _end_second(self) -> None:
        errors = self.errors.total()
        messages = self.messages_verified - self._verified_before
        ended = self.timeline.add(messages, errors - self._errors_before, self._latency, self._service)
        if self.on_second is not None:
            self.on_second(ended)
        self._verified_before, self._errors_before = self.messages_verified, errors
        self._latency, self._service = Counter(), Counter()


_COUNTS = (
    "messages_due",
    "messages_sent",
    "messages_verified",
    "bytes_sent",
    "bytes_verified",
    "mismatches",
    "sessions",
    "sessions_failed",
)


def merged(recordings: Sequence[Recording]) -> Recording:
    """Return the steps of a run, which are finished, as one."""
    whole = Recording(recordings[0].message_bytes)
    for one in recordings:
        for name in _COUNTS:
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
        for name in ("errors", "reasons", "addresses", "connect_us"):
            getattr(whole, name).update(getattr(one, name))
        whole.late.merge(one.late)
        whole.stalls.merge(one.stalls)
        whole.saturation.merge(one.saturation)
        whole.unanswered.count += one.unanswered.count
        whole.last_ns = max(whole.last_ns, one.last_ns)
        whole.timeline.clock_moved_ns = max(whole.timeline.clock_moved_ns, one.timeline.clock_moved_ns, key=abs)
    whole.timeline.slices = aligned([deepcopy(part) for one in recordings for part in one.timeline.slices])
    return whole
