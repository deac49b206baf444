"""Follows each packet along the path: at which vantage points it was seen, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.scope.model import SIDES, Side
from services.scope.vantage.matching import Match, match, without
from services.scope.vantage.views import Seen


class Sight(NamedTuple):
    """How a point saw a packet, in one piece or in several: on its own clock."""

    first_ns: int
    last_ns: int
    begin: int  # the first number of the packet that it saw first, of which this one may be a part
    length: int  # bytes of it that were seen
    is_sure: bool = True  # False: another one may have been this one, as their headers are equal


@dataclass(slots=True)
class Crossing:
    """A packet on its way, as the point nearest to the server saw it that saw it at all."""

    packet: Seen
    point: int  # which that is
    sights: dict[int, Sight] = field(default_factory=dict)  # by the number of the point, from 0 at the client


def follow(packets: Sequence[Sequence[Seen]]) -> list[Crossing]:
    """Return all that the points saw, each once; `packets` are in the order of the points, from the client's."""
    found = []
    for side in SIDES:
        found += _follow_one_way([[one for one in some if one.side == side] for some in packets])
    return found


def _follow_one_way(left: list[list[Seen]]) -> list[Crossing]:
    found = []
    for point in reversed(range(len(left))):
        here = [Crossing(packet, point) for packet in left[point]]
        for crossing in here:
            packet = crossing.packet
            crossing.sights[point] = Sight(packet.t_ns, packet.t_ns, packet.begin, packet.length)
        for other in range(point):
            left[other] = _take(here, left[other], other)
        found += here
    return found


def _take(here: list[Crossing], there: list[Seen], point: int) -> list[Seen]:
    """Note where another point saw the same; return what it saw besides."""
    found = match(there, [crossing.packet for crossing in here])
    of_theirs: dict[int, list[Match]] = {}
    of_ours: dict[int, list[Match]] = {}
    for one in found:
        of_theirs.setdefault(one.one, []).append(one)
        of_ours.setdefault(one.other, []).append(one)
    for index, matches in of_ours.items():
        pieces = sorted((there[one.one] for one in matches), key=lambda piece: piece.t_ns)
        length = sum(one.end - one.begin for one in matches)
        is_sure = all(one.is_sure for one in matches)
        here[index].sights[point] = Sight(pieces[0].t_ns, pieces[-1].t_ns, pieces[0].begin, length, is_sure)
    rest = []
    for index, packet in enumerate(there):
        if index not in of_theirs:
            rest.append(packet)
            continue
        seen = [(one.begin, one.end) for one in of_theirs[index]]
        rest += [packet.part(begin, end) for begin, end in without([(packet.begin, packet.data_end)], seen)]
    return rest


def sender_first(points: int, side: Side) -> range:
    """Return the numbers of the points along the way of what a side sends."""
    return range(points) if side == "client" else range(points - 1, -1, -1)
