"""What several vantage points tell of a conversation: where a segment was lost, and how their clocks differ."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import NamedTuple

# No two clocks that are kept on time run at rates that differ by more: NTP steers by 500 ppm at most (adjtimex(2)).
MAX_DRIFT = 0.001


class LossPlace(StrEnum):
    """Where a segment was lost, seen along its way; the values are those of the JSON.

    One that was lost before any point saw it is no segment of the ladder. The next one that was seen has a note.
    """

    BETWEEN = "between"  # two neighbouring points
    AFTER_ARRIVAL = "after arrival"  # the last point saw it, and its receiver's TCP did not


@dataclass(frozen=True, slots=True)
class Loss:
    """A segment that its receiver's TCP did not get: how far it came."""

    place: LossPlace
    last: str  # the last point that saw it
    next: str | None = None  # the first that should have, and did not; None after its arrival
    length: int | None = None  # bytes that were lost, where it was a part of it (GSO); None: all of it


class Numbering(NamedTuple):
    """How the relative numbers of what a side sent, and its windows, go back to those on the wire."""

    base: int  # its initial sequence number
    scale: int  # the shift of its windows, but those of its SYNs


class Offset(NamedTuple):
    """How far a clock is ahead of another: what was assumed, and the bounds; None: there is no bound on that side."""

    likely_ns: int
    least_ns: int | None
    most_ns: int | None


@dataclass(frozen=True, slots=True)
class VantageClock:
    """How far a vantage point's clock was ahead of that of the point nearest to the server.

    Nothing arrives before it left, so the fastest segments each way bound it. It may drift: `first` is at the
    conversation's first segment, at `first_ns`, and `last` at its last; in between all of it goes along straight lines.
    """

    vantage: str
    first_ns: int  # on the clock of the point nearest to the server, as `last_ns`
    last_ns: int
    first: Offset
    last: Offset
    is_possible: bool = True  # False: no steady drift explains the times; a clock was set meanwhile

    @property
    def drift_ppb(self) -> int:
        """How much faster it runs, in billionths, as was assumed."""
        took_ns = self.last_ns - self.first_ns
        return (self.last.likely_ns - self.first.likely_ns) * 1_000_000_000 // took_ns if took_ns else 0

    def at(self, t_ns: int) -> Offset:
        """Return how far it was ahead at a time. Before the first segment and behind the last it may drift anyhow."""
        near_ns = min(max(t_ns, self.first_ns), self.last_ns)
        drifted_ns = ceil(abs(t_ns - near_ns) * MAX_DRIFT)
        bounds = zip(self.first[1:], self.last[1:], (-drifted_ns, drifted_ns), strict=True)
        least, most = (
            None if one is None or two is None else self._between(one, two, near_ns) + wider_ns
            for one, two, wider_ns in bounds
        )
        return Offset(self._between(self.first.likely_ns, self.last.likely_ns, t_ns), least, most)

    def _between(self, first: int, last: int, t_ns: int) -> int:
        took_ns = self.last_ns - self.first_ns
        return first + (last - first) * (t_ns - self.first_ns) // took_ns if took_ns else first


class SpentOn(StrEnum):
    """What time was spent on between a request and its answer; the values are those of the JSON."""

    NETWORK = "network"
    KERNEL = "kernel"
    BEFORE_RECV = "before recv"  # the program had not called it yet
    BEFORE_SEND = "before send"  # the program had what it was to answer; also before shutdown() and close()
    HOST = "host"  # kernel or program: its calls are not known
    SENDING = "sending"  # from a message's first segment to its last
    SENDING_AGAIN = "sending again"  # until what was lost was sent again
    UNKNOWN = "unknown"


class Delay(NamedTuple):
    """How long a segment was on its way from the first vantage point to the last, at least and at most."""

    least_ns: int
    most_ns: int


def delay(clock: VantageClock, left_ns: int, arrived_ns: int, *, from_client: bool) -> Delay | None:
    """Return how long a segment took between the client's point, whose clock this is, and the server's.

    None where the clocks are not known well enough to tell.
    """
    offset = clock.at(arrived_ns if from_client else left_ns)
    if not clock.is_possible or offset.least_ns is None or offset.most_ns is None:
        return None
    took_ns = arrived_ns - left_ns
    if from_client:
        found = took_ns + offset.least_ns - offset.likely_ns, took_ns + offset.most_ns - offset.likely_ns
    else:
        found = took_ns + offset.likely_ns - offset.most_ns, took_ns + offset.likely_ns - offset.least_ns
    return Delay(*(max(bound_ns, 0) for bound_ns in found))
