"""A load under way, as the page shows it: all replicas added up exactly, second by second and as a whole."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.load.histogram import Durations
from shared.load.second import LoadSecond

# So many seconds are kept to be shown; what is older still counts in the whole.
MAX_SECONDS = 300

# Most replicas that a load has; beyond them somebody sends what is no load of ours.
MAX_REPLICAS = 1000

# After so long without a second another load begins.
RUN_GAP_S = 10

# Seconds to which replicas are still adding. A histogram takes 184 KiB: those of older ones are kept as text.
_OPEN_SECONDS = 4

# Bars of the histogram for each doubling of the latency.
_BARS_PER_OCTAVE = 8

_Replica = tuple[str, int]  # host and pid


@dataclass
class _Second:
    messages: int = 0
    errors: int = 0
    asked: dict[_Replica, tuple[float, int]] = field(default_factory=dict)  # its rate, and what was in flight
    latency: Durations | None = field(default_factory=Durations)
    packed: str = ""

    def add(self, told: LoadSecond, latency: Durations) -> None:
        if self.latency is None:
            self.latency = Durations.decode_alone(self.packed)
        self.latency.add(latency)
        self.messages += told.messages
        self.errors += told.errors
        self.asked[told.host, told.pid] = told.rate_requested, told.in_flight

    def pack(self) -> None:
        if self.latency is not None:
            self.packed, self.latency = self.latency.encode(), None

    def row(self, second: int) -> dict[str, Any]:
        return {
            "second": second,
            "replicas": len(self.asked),
            "rate_requested": sum(rate for rate, _ in self.asked.values()),
            "messages": self.messages,
            "errors": self.errors,
            "in_flight": sum(in_flight for _, in_flight in self.asked.values()),
            **_percentiles(self.latency or Durations.decode_alone(self.packed)),
        }


class LoadBoard:
    """The latest load; `refused` counts records that could not be added.

    Records come by UDP. Seconds of a replica between two that came are `missing`, in the sums as well.
    """

    def __init__(
        self, max_replicas: int = MAX_REPLICAS, max_seconds: int = MAX_SECONDS, now_s: Callable[[], float] = time.time
    ) -> None:
        self.refused = 0
        self._max_replicas, self._max_seconds = max_replicas, max_seconds
        self._now_s = now_s
        self._forget()

    def _forget(self) -> None:
        self._first = self._newest = 0
        self._messages = self._errors = 0
        self._latency = Durations()
        self._seconds: dict[int, _Second] = {}
        self._rows: dict[int, dict[str, Any]] = {}
        self._changed: set[int] = set()
        self._replicas: dict[_Replica, dict[str, Any]] = {}

    def add(self, told: LoadSecond) -> None:
        """Add a second of one replica."""
        try:
            latency = Durations.decode_alone(told.latency)
        except ValueError:
            self.refused += 1
            return
        if told.second > self._now_s() + RUN_GAP_S:  # a clock that is ahead: with it all others would be of old
            self.refused += 1
            return
        if told.second > self._newest + RUN_GAP_S:
            self._forget()
            self._first = told.second
        replica = told.host, told.pid
        is_late = told.second < self._first - RUN_GAP_S  # of the load before
        if is_late or (replica not in self._replicas and len(self._replicas) >= self._max_replicas):
            self.refused += 1
            return
        self._newest = max(self._newest, told.second)
        self._messages += told.messages
        self._errors += told.errors
        self._latency.add(latency)
        self._note(replica, told, latency)
        if told.second > self._newest - self._max_seconds:
            self._seconds.setdefault(told.second, _Second()).add(told, latency)
            self._changed.add(told.second)

    def _note(self, replica: _Replica, told: LoadSecond, latency: Durations) -> None:
        first = {"second": told.second, "messages_so_far": 0, "errors_so_far": 0, "missing": 0}
        known = self._replicas.get(replica, first)
        counts = {
            "messages_so_far": known["messages_so_far"] + told.messages,
            "errors_so_far": known["errors_so_far"] + told.errors,
            "missing": known["missing"],
        }
        # A replica tells of each second, also of one in which it did nothing; of one twice, where steps of a load meet.
        if told.second > known["second"]:
            counts["missing"] += told.second - known["second"] - 1
        elif told.second < known["second"]:  # late: it was taken for missing
            counts["missing"] = max(0, counts["missing"] - 1)
        if told.second >= known["second"]:
            known = {"host": told.host, "second": told.second, "messages": told.messages, **_percentiles(latency)}
        self._replicas[replica] = known | counts

    def changes(self) -> dict[str, Any] | None:
        """Return the seconds that have changed since the last time, and the whole; None where nothing has."""
        changed = self._settle()
        return self._told(changed) if changed else None

    def document(self) -> dict[str, Any] | None:
        """Return all of it, with the histogram that replicas' results add up to; None where there was no load."""
        if not self._messages and not self._seconds:
            return None
        changed = self._settle()
        self._changed.update(changed)  # still to be told to those who follow
        return self._told(self._seconds) | {"latency": self._latency.encode()}

    def _settle(self) -> list[int]:
        """Compute the rows of the seconds that have changed; drop, and pack, those that are old."""
        for second in [one for one in self._seconds if one <= self._newest - self._max_seconds]:
            del self._seconds[second]
            self._rows.pop(second, None)
        changed = sorted(self._changed & self._seconds.keys())
        self._changed.clear()
        for second in changed:
            self._rows[second] = self._seconds[second].row(second)
        for second, one in self._seconds.items():
            if second <= self._newest - _OPEN_SECONDS:
                one.pack()
        return changed

    def _told(self, seconds: Iterable[int]) -> dict[str, Any]:
        return {
            "first": self._first,
            "refused": self.refused,
            "missing": sum(replica["missing"] for replica in self._replicas.values()),
            "seconds": [self._rows[second] for second in sorted(seconds)],
            "whole": {"messages": self._messages, "errors": self._errors, **_percentiles(self._latency)},
            "bars": bars(self._latency),
            "replicas": [self._replicas[replica] for replica in sorted(self._replicas)],
        }


def _percentiles(latency: Durations) -> dict[str, int | None]:
    if not latency.count:
        return {"p50_us": None, "p99_us": None, "max_us": None}
    summary = latency.summary()
    return {"p50_us": summary["p50"], "p99_us": summary["p99"], "max_us": summary["max"]}


def bars(latency: Durations) -> list[tuple[float, float, int]]:
    """Return the latencies in ranges that look equally wide on a logarithmic axis: from, to, and how many."""
    found: dict[int, int] = {}
    for index, count in latency.recorded():
        us = max(1, latency.histogram.get_value_from_index(index))
        bar = math.floor(math.log2(us) * _BARS_PER_OCTAVE)
        found[bar] = found.get(bar, 0) + count
    return [
        (round(2 ** (bar / _BARS_PER_OCTAVE), 1), round(2 ** ((bar + 1) / _BARS_PER_OCTAVE), 1), count)
        for bar, count in sorted(found.items())
    ]
