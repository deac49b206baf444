"""How far the clocks of neighbouring vantage points are apart: from the fastest segments each way.

Nothing arrives before it left. So each segment that both saw bounds the difference at its time: the client's segments
from below, the server's from above. A clock that runs faster than the other is a straight line between all bounds.
"""

from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import NamedTuple, TypeAlias

from services.scope.vantage.crossings import Crossing
from services.scope.vantages import MAX_DRIFT, Offset, VantageClock

# Far beyond any time on the way: the bounds of both directions are nearer to each other than this.
_FAR_NS = 1e13

# A line by its values at the conversation's first and last segment.
_Line: TypeAlias = tuple[float, float]


class OffsetBound(NamedTuple):
    """The difference is at least this (or at most) at a moment: a share of the time from the first to the last."""

    share: float
    ns: int
    is_least: bool

    def room(self, line: _Line) -> float:
        """Return how far a line is on the right side of it; negative: on the wrong one."""
        value = line[0] * (1 - self.share) + line[1] * self.share
        return value - self.ns if self.is_least else self.ns - value


def clock_of(name: str, point: int, crossings: Iterable[Crossing], span_ns: tuple[int, int]) -> VantageClock:
    """Return how far the clock of a point is ahead of the next one's, on which `span_ns` are first and last."""
    first_ns, last_ns = span_ns[0], max(span_ns[1], span_ns[0] + 1)
    bounds = list(_bounds(point, crossings, first_ns, last_ns))
    least, most = ([one.ns for one in bounds if one.is_least is which] for which in (True, False))
    if not least or not most:
        likely = max([0, *least]) if least else min([0, *most])
        offset = Offset(likely, max(least, default=None), min(most, default=None))
        return VantageClock(name, first_ns, last_ns, offset, offset)
    near_ns = least[0]  # numbers near 0, so that no digits of them are lost
    near = [one._replace(ns=one.ns - near_ns) for one in bounds]
    corners = _corners([*_outermost(near, is_least=True), *_outermost(near, is_least=False)], last_ns - first_ns)
    if not corners:
        offset = Offset((max(least) + min(most)) // 2, max(least), min(most))
        return VantageClock(name, first_ns, last_ns, offset, offset, is_possible=False)
    is_equal = all(one.room((0, 0)) >= 0 for one in bounds)
    likely_line = _middle(corners)
    first, last = (
        Offset(
            0 if is_equal else near_ns + round(likely_line[end]),
            near_ns + floor(min(values)),
            near_ns + ceil(max(values)),
        )
        for end, values in enumerate(zip(*corners, strict=True))
    )
    return VantageClock(name, first_ns, last_ns, first, last)


def _bounds(point: int, crossings: Iterable[Crossing], first_ns: int, last_ns: int) -> Iterable[OffsetBound]:
    for crossing in crossings:
        ours, theirs = crossing.sights.get(point), crossing.sights.get(point + 1)
        if ours is None or theirs is None or not (ours.is_sure and theirs.is_sure):
            continue
        is_least = crossing.packet.side == "client"
        left, arrived = (ours, theirs) if is_least else (theirs, ours)
        # A packet that was put together on the way has the time of its first byte, which may not be in this one.
        if arrived.begin >= left.begin:
            share = (theirs.first_ns - first_ns) / (last_ns - first_ns)
            yield OffsetBound(share, ours.first_ns - theirs.first_ns, is_least)


def _outermost(bounds: Iterable[OffsetBound], *, is_least: bool) -> list[OffsetBound]:
    """Return the bounds of one direction from which all others of it follow: their convex hull, from first to last.

    Where delays are constant thousands of bounds lie on one line, each of which would cut off a rounding error.
    """
    sign = 1 if is_least else -1
    of_it = sorted((one.share, sign * one.ns) for one in bounds if one.is_least is is_least)
    hull: list[tuple[float, int]] = []
    for share, ns in of_it:
        while hull and _is_implied(hull, share, ns):
            hull.pop()
        hull.append((share, ns))
    return [OffsetBound(share, sign * ns, is_least) for share, ns in hull]


def _is_implied(hull: Sequence[tuple[float, int]], share: float, ns: int) -> bool:
    """Tell whether the last of these follows from the one before it, and the next one."""
    last_share, last_ns = hull[-1]
    if last_share == share:
        return True  # sorted: the next one is no less
    if len(hull) == 1:
        return False
    before_share, before_ns = hull[-2]
    return (last_ns - before_ns) * (share - before_share) <= (ns - before_ns) * (last_share - before_share)


def _corners(bounds: Sequence[OffsetBound], took_ns: int) -> list[_Line]:
    """Return the outermost lines of those that are within all bounds; none where there is no such line.

    Lines are points in a plane, and the bounds cut off half-planes of it.
    """
    drift, low, high = MAX_DRIFT * took_ns, -_FAR_NS, _FAR_NS
    corners: list[_Line] = [(low, low - drift), (high, high - drift), (high, high + drift), (low, low + drift)]
    for one in bounds:
        rooms = [one.room(corner) for corner in corners]
        if min(rooms) >= 0:
            continue
        kept: list[_Line] = []
        for at, corner in enumerate(corners):
            before, room, room_before = corners[at - 1], rooms[at], rooms[at - 1]
            if (room >= 0) != (room_before >= 0):
                part = room_before / (room_before - room)
                kept.append((before[0] + (corner[0] - before[0]) * part, before[1] + (corner[1] - before[1]) * part))
            if room >= 0:
                kept.append(corner)
        corners = kept
        if not corners:
            break
    return corners


def _middle(corners: Sequence[_Line]) -> _Line:
    first, last = (sum(values) / len(corners) for values in zip(*corners, strict=True))
    return first, last


def chained(clocks: Sequence[VantageClock], span_ns: tuple[int, int]) -> tuple[VantageClock, ...]:
    """Return the clocks of all points, from those of neighbours, compared with the last point's at its `span_ns`."""
    found: list[VantageClock] = []
    for clock in reversed(clocks):
        first, last = (_add(clock, found[-1] if found else None, t_ns) for t_ns in span_ns)
        is_possible = clock.is_possible and (not found or found[-1].is_possible)
        found.append(VantageClock(clock.vantage, *span_ns, first, last, is_possible))
    return tuple(reversed(found))


def _add(clock: VantageClock, next_clock: VantageClock | None, t_ns: int) -> Offset:
    if next_clock is None:
        return clock.at(t_ns)
    behind = next_clock.at(t_ns)
    here = clock.at(t_ns + behind.likely_ns)
    least, most = (
        None if one is None or other is None else one + other for one, other in zip(here[1:], behind[1:], strict=True)
    )
    return Offset(here.likely_ns + behind.likely_ns, least, most)
