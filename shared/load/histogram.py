"""Durations as a histogram that any two clients can add up: HdrHistogram of one range, and what it rounds, exactly."""

import base64
import math
import struct
import weakref
import zlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Any, Self

from hdrh.histogram import HdrHistogram

# 1 us to 1 hour at 3 significant digits, the same everywhere: histograms of another shape could not be added.
LOWEST_US, HIGHEST_US, DIGITS = 1, 3_600_000_000, 3

PERCENTILES = (50, 75, 90, 95, 99, 99.9, 99.99)


# Durations of so many bits have a bucket each; from there on each doubling has half as many buckets, twice as wide.
_UNIT_BITS = 11
_HIGHEST_INDEX = (HIGHEST_US.bit_length() - _UNIT_BITS << _UNIT_BITS - 1) + (
    HIGHEST_US >> HIGHEST_US.bit_length() - _UNIT_BITS
)


# HdrHistogram V2: behind 8 bytes comes what zlib packs, in which digits, lowest and highest stand behind 12.
_WRAPPING_BYTES, _SHAPE_AT = 8, 12
_SHAPE = struct.Struct(">iqq")
_OURS = LOWEST_US, HIGHEST_US, DIGITS

# Unpacked: a head, and at most 9 bytes for each bucket.
_MOST_BYTES = 40 + 9 * (_HIGHEST_INDEX + 1)


# Of one that is read without its summary: whatever is added to it later, no bucket overflows.
_MOST_SAMPLES = 2**40


def bucket_us(value_us: int) -> int:
    """Return the least duration of the histogram's bucket that this one falls into."""
    shift = value_us.bit_length() - _UNIT_BITS
    return value_us >> shift << shift if shift > 0 else value_us


def _middle_us(index: int) -> float:
    """Return the middle of the bucket of that number."""
    shift = max(0, (index >> _UNIT_BITS - 1) - 1)
    return (index - (shift << _UNIT_BITS - 1) << shift) + ((1 << shift) - 1) / 2


def _decoded(text: str) -> HdrHistogram:
    """Return the histogram of a text that may come from anywhere. Raises ValueError."""
    try:
        unpacking = zlib.decompressobj()
        head = unpacking.decompress(base64.b64decode(text)[_WRAPPING_BYTES:], _MOST_BYTES)
        digits, lowest_us, highest_us = _SHAPE.unpack_from(head, _SHAPE_AT)
        shape = lowest_us, highest_us, digits
        # Known before the library takes memory for it.
        decoded = HdrHistogram.decode(text) if shape == _OURS and not unpacking.unconsumed_tail else None
    except Exception as error:  # noqa: BLE001 - base64, struct, zlib and ctypes each raise their own
        raise ValueError(f"no HdrHistogram V2 in base64 ({error})") from None
    if shape != _OURS:
        raise ValueError(f"a histogram of another range: {shape}, not {_OURS}")
    if decoded is None:
        raise ValueError(f"no HdrHistogram V2 of at most {_MOST_BYTES} bytes")
    return decoded


class Durations:
    """Durations in whole microseconds; count, total, least and greatest are exact, percentiles within 0.1 %."""

    def __init__(self) -> None:
        self.histogram = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
        # The library's histogram and its encoder hold each other: 184 KiB that only the garbage collector would find,
        # which a load has switched off.
        self.histogram.encoder.histogram = weakref.proxy(self.histogram)
        self.count = 0
        self.total_us = 0
        self.min_us = 0
        self.max_us = 0

    def record(self, counts: Mapping[int, int], exactly: tuple[int, int, int] | None = None) -> None:
        """Add `counts`: duration in microseconds to how often it was seen; more than an hour counts as an hour.

        `exactly` are total, least and greatest, where the durations themselves were rounded by bucket_us().
        """
        if not counts:
            return
        recorded, least_us, most_us = sum(counts.values()), min(counts), max(counts)
        total_us, min_us, max_us = exactly or (sum(us * count for us, count in counts.items()), least_us, most_us)
        # What the library's record_value() does, in a fifth of the time: when a load of an hour is over, it has more
        # than a million of them to record, and a container is killed soon after it was told to stop.
        histogram, buckets = self.histogram, self.histogram.counts
        for value_us, count in counts.items():
            shift = value_us.bit_length() - _UNIT_BITS
            if value_us > HIGHEST_US:
                buckets[_HIGHEST_INDEX] += count
            elif shift > 0:
                buckets[(shift << _UNIT_BITS - 1) + (value_us >> shift)] += count
            else:
                buckets[value_us] += count
        histogram.total_count += recorded
        histogram.min_value = min(histogram.min_value, least_us, HIGHEST_US)
        histogram.max_value = max(histogram.max_value, min(most_us, HIGHEST_US))
        self.total_us += total_us
        self._widen(min_us, max_us, recorded)

    def add(self, other: Self) -> None:
        """Add another's durations: the result is that of recording all of them here."""
        if other.count:
            self.histogram.add(other.histogram)
            self.total_us += other.total_us
            self._widen(other.min_us, other.max_us, other.count)

    def summary(self) -> dict[str, Any]:
        """Return the JSON summary, all in microseconds; a percentile is never above the maximum, nothing is NaN."""
        recorded = self.recorded()
        values = self._at_percentiles(recorded)
        mean_us = self.total_us / self.count if self.count else 0.0
        return {
            "count": self.count,
            "total": self.total_us,
            "min": self.min_us,
            "mean": mean_us,
            "stddev": self._deviation(recorded, mean_us),
            **{f"p{p:g}": max(self.min_us, min(values.get(p, 0), self.max_us)) for p in PERCENTILES},
            "max": self.max_us,
        }

    def encode(self) -> str:
        """Return the histogram as HdrHistogram V2, compressed, in base64."""
        return str(self.histogram.encode().decode())

    @classmethod
    def decode(cls, text: str, summary: Mapping[str, Any]) -> Self:
        """Return what `encode()` and `summary()` gave; raise ValueError where they do not fit."""
        durations = cls()
        decoded = _decoded(text)
        if decoded.get_total_count() != summary["count"]:
            raise ValueError(f"the histogram counts {decoded.get_total_count()}, its summary {summary['count']}")
        durations.histogram.add(decoded)
        decoded.encoder = None  # as above
        durations.total_us = summary["total"]
        durations._widen(summary["min"], summary["max"], summary["count"])
        return durations

    @classmethod
    def decode_alone(cls, text: str) -> Self:
        """Return what `encode()` gave, as exact as its buckets are; raise ValueError where it is no such thing."""
        durations = cls()
        decoded = _decoded(text)
        count, least_us, most_us = decoded.get_total_count(), decoded.get_min_value(), decoded.get_max_value()
        durations.histogram.add(decoded)
        decoded.encoder = None  # as above
        recorded = durations.recorded()
        if not all(0 < many <= _MOST_SAMPLES for _, many in recorded):
            raise ValueError(f"the histogram counts less than none, or more than {_MOST_SAMPLES}, in one bucket")
        if count:
            durations.total_us = round(sum(_middle_us(index) * many for index, many in recorded))
            durations._widen(least_us, most_us, count)
        return durations

    def recorded(self) -> list[tuple[int, int]]:
        """Return the buckets that are not empty, by their index, each with its count."""
        # The library's own iterators take 30 ms to do this.
        return [(index, count) for index, count in enumerate(self.histogram.counts[:]) if count]

    def _at_percentiles(self, recorded: Sequence[tuple[int, int]]) -> dict[float, int]:
        """Return the value of each percentile: that of rank ceil(p / 100 * count), as other HdrHistograms have it.

        The Python library rounds to the nearest rank, which at p99.99 of 4,000 values forgets the greatest.
        """
        if not recorded:
            return {}
        histogram = self.histogram
        ranks = list(accumulate(count for _, count in recorded))
        found = {p: bisect_left(ranks, math.ceil(Fraction(str(p)) * ranks[-1] / 100)) for p in PERCENTILES}
        indexes = {p: recorded[at][0] for p, at in found.items()}
        return {
            p: histogram.get_highest_equivalent_value(histogram.get_value_from_index(index))
            for p, index in indexes.items()
        }

    def _deviation(self, recorded: Sequence[tuple[int, int]], mean_us: float) -> float:
        """Return the standard deviation from the exact mean, each value taken as the middle of its bucket."""
        if self.count < 2 or self.min_us == self.max_us:  # noqa: PLR2004 - one value does not deviate
            return 0.0
        total = 0.0
        for index, count in recorded:
            total += (_middle_us(index) - mean_us) ** 2 * count
        return math.sqrt(total / self.count)

    def _widen(self, min_us: int, max_us: int, count: int) -> None:
        self.min_us = min(self.min_us, min_us) if self.count else min_us
        self.max_us = max(self.max_us, max_us)
        self.count += count
