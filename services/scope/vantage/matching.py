"""Which packets of two vantage points are the same, and which bytes of packets: by identity, never by time alone.

A packet has the same header at all points. Where several have equal headers (duplicate ACKs without time-stamps, whose
sender does not number its packets) and one of them was lost, time tells which is nearest to the usual difference.

Segmentation offload makes one packet of several, or several of one: at its sender the data is not cut into segments
yet, at its receiver they may be put together again. What is left after the equal packets is compared by its bytes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from services.scope.vantage.views import Seen

_WRAP = 1 << 16

# Bytes in a full segment: those that are cut from one packet are full, but for the last.
_LEAST_SEGMENT = 500

# The header of a packet, which offload leaves alone in all segments of one.
_Shared: TypeAlias = tuple[object, ...]

Range: TypeAlias = tuple[int, int]


class Match(NamedTuple):
    """A packet of one point and one of the other, by their indexes, with the bytes that both have; none in an ACK."""

    one: int
    other: int
    begin: int
    end: int
    is_sure: bool = True  # no other one has the same header, and was lost


def match(ones: Sequence[Seen], others: Sequence[Seen]) -> list[Match]:
    """Return what is the same in the packets of two points, all of one direction, in the order of their capture."""
    by_header: dict[_Shared, tuple[list[int], list[int]]] = {}
    for which, packets in enumerate((ones, others)):
        for index, packet in enumerate(packets):
            by_header.setdefault(_header(packet), ([], []))[which].append(index)
    groups = [group for group in by_header.values() if all(group)]
    single = [(mine[0], its[0]) for mine, its in groups if len(mine) == len(its) == 1]
    usual_ns = _median(others[other].t_ns - ones[one].t_ns for one, other in single)
    found = []
    for mine, its in groups:
        is_sure = len(mine) == len(its)
        for one, other in _pair(mine, its, ones, others, usual_ns):
            found.append(Match(one, other, ones[one].begin, ones[one].data_end, is_sure))
    left_ones = sorted(set(range(len(ones))) - {pair.one for pair in found})
    left_others = sorted(set(range(len(others))) - {pair.other for pair in found})
    return found + _Bytes(ones, others, usual_ns).match(left_ones, left_others)


def _header(packet: Seen) -> _Shared:
    options = packet.options
    return (
        packet.begin,
        packet.length,
        packet.ack,
        packet.flags,
        packet.window,
        packet.identification,
        options.timestamps,
        options.sack,
    )


def _median(differences_ns: Iterable[int]) -> int | None:
    found = sorted(differences_ns)
    return found[len(found) // 2] if found else None


def _pair(
    mine: list[int], its: list[int], ones: Sequence[Seen], others: Sequence[Seen], usual_ns: int | None
) -> list[tuple[int, int]]:
    """Pair packets with equal headers in their order; if one point has more of them, leave the least likely out."""
    if len(mine) == len(its) or usual_ns is None:
        return list(zip(mine, its, strict=False))
    is_turned = len(mine) > len(its)
    fewer, more = (its, mine) if is_turned else (mine, its)
    few, many, after_ns = (others, ones, -usual_ns) if is_turned else (ones, others, usual_ns)
    pairs, first = [], 0
    for done, index in enumerate(fewer):
        last = len(more) - (len(fewer) - done) + 1  # as many are left for those behind it
        expected_ns = few[index].t_ns + after_ns
        best = min(range(first, last), key=lambda at: abs(many[more[at]].t_ns - expected_ns))
        pairs.append((more[best], index) if is_turned else (index, more[best]))
        first = best + 1
    return pairs


class _Bytes:
    """Compares packets by the bytes that they carry."""

    def __init__(self, ones: Sequence[Seen], others: Sequence[Seen], usual_ns: int | None) -> None:
        self._ones, self._others = ones, others
        self._usual_ns = usual_ns or 0

    def match(self, left_ones: list[int], left_others: list[int]) -> list[Match]:
        """Return the bytes that the packets with these indexes have in common."""
        with_bytes = sorted(
            (index for index in left_ones if self._ones[index].length), key=lambda index: self._ones[index].begin
        )
        begins = [self._ones[index].begin for index in with_bytes]
        longest = max((self._ones[index].length for index in with_bytes), default=0)
        free = {index: [(self._ones[index].begin, self._ones[index].data_end)] for index in with_bytes}
        found: list[Match] = []
        for other in left_others:
            packet = self._others[other]
            first = bisect_left(begins, packet.begin - longest)
            last = bisect_left(begins, packet.data_end)
            near = [index for index in with_bytes[first:last] if _may_be(self._ones[index], packet)]
            wanted = [(packet.begin, packet.data_end)] if packet.length else []
            for one in sorted(near, key=lambda index: self._distance_ns(index, packet)):
                both = common(wanted, free[one])
                found += [Match(one, other, begin, end) for begin, end in both]
                wanted, free[one] = without(wanted, both), without(free[one], both)
        return sorted(found, key=lambda one: (one.other, one.begin))

    def _distance_ns(self, one: int, packet: Seen) -> int:
        return abs(packet.t_ns - self._ones[one].t_ns - self._usual_ns)


def _may_be(one: Seen, other: Seen) -> bool:
    """Tell whether they can be parts of the same; offload repeats an acknowledgement and time-stamps in each."""
    return (
        one.begin < other.data_end
        and other.begin < one.data_end
        and one.ack == other.ack
        and one.options.timestamps == other.options.timestamps
        and _are_numbered_alike(one, other)
    )


def _are_numbered_alike(one: Seen, other: Seen) -> bool:
    """Tell whether the identifications fit: each segment that was cut off has the next number."""
    if not (one.identification and other.identification):
        return True
    first, second = (one, other) if one.begin <= other.begin else (other, one)
    steps = (second.identification - first.identification) % _WRAP
    between = second.begin - first.begin
    return min(between, 1) <= steps <= -(-between // _LEAST_SEGMENT)


def common(ones: list[Range], others: list[Range]) -> list[Range]:
    """Return the parts that both have."""
    parts = ((max(a, c), min(b, d)) for a, b in ones for c, d in others)
    return [(begin, end) for begin, end in parts if begin < end]


def without(ones: list[Range], others: list[Range]) -> list[Range]:
    """Return the parts of the first that the second do not have."""
    for begin, end in others:
        parts = ((a, min(b, begin)) for a, b in ones), ((max(a, end), b) for a, b in ones)
        ones = sorted({part for some in parts for part in some if part[0] < part[1]})
    return ones
