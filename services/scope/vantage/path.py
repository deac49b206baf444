"""The vantage points of a conversation in their order, with all times on the clock of the last, next to the server."""

from collections.abc import Sequence

from services.scope.model import Flags, Side
from services.scope.vantage.crossings import Crossing, sender_first
from services.scope.vantage.matching import Range
from services.scope.vantage.views import Numberings, PointView, Seen
from services.scope.vantages import VantageClock

_WRAP = 1 << 32
_HALF = 1 << 31

_SYN = int(Flags.SYN)


class Path:
    """Where points stand, and what turns their times and numbers into the same for all."""

    def __init__(self, views: Sequence[PointView], clocks: tuple[VantageClock, ...], numbering: Numberings) -> None:
        self.names = tuple(view.name for view in views)
        self.clocks = clocks
        self._views = views
        self._gaps_ns = [view.gap_ns() for view in views]
        self._numbering = numbering

    def convert(self, point: int, t_ns: int) -> int:
        """Return a time of a point's clock on that of the last point."""
        if point == len(self.clocks):
            return t_ns
        clock = self.clocks[point]
        about_ns = t_ns - clock.at(t_ns - clock.first.likely_ns).likely_ns
        return t_ns - clock.at(about_ns).likely_ns

    def at(self, crossing: Crossing, point: int) -> int:
        """Return when a point that saw a segment saw the first of it."""
        return self.convert(point, crossing.sights[point].first_ns)

    def left_ns(self, crossing: Crossing) -> int | None:
        """Return when the point nearest to its sender saw it."""
        point = sender_first(len(self.names), crossing.packet.side)[0]
        return self.at(crossing, point) if point in crossing.sights else None

    def arrived_ns(self, crossing: Crossing) -> int | None:
        """Return when the point nearest to its receiver saw the last of it."""
        point = sender_first(len(self.names), crossing.packet.side)[-1]
        return self.convert(point, crossing.sights[point].last_ns) if point in crossing.sights else None

    def time_of(self, crossing: Crossing) -> int:
        """Return its time on the ladder: at the server's point, else where it was seen first."""
        last = len(self.names) - 1
        if last in crossing.sights:
            return crossing.sights[last].first_ns
        way = sender_first(len(self.names), crossing.packet.side)
        return self.at(crossing, next(point for point in way if point in crossing.sights))

    def is_watching(self, point: int, t_ns: int) -> bool:
        """Tell whether a point was capturing at a time, and its packets of that time were kept."""
        first_ns, last_ns = (self.convert(point, bound_ns) for bound_ns in self._views[point].watched_ns)
        return first_ns <= t_ns <= last_ns and not self.has_gap(point, t_ns)

    def has_gap(self, point: int, t_ns: int) -> bool:
        """Tell whether a point's packets of a time were not kept."""
        gap = self._gaps_ns[point]
        return gap is not None and self.convert(point, gap[0]) <= t_ns <= self.convert(point, gap[1])

    def base_of(self, side: Side) -> int:
        """Return a side's initial sequence number; 0 where no point saw any number of it."""
        numbering = self._numbering.get(side)
        return 0 if numbering is None else numbering.base

    def relative(self, side: Side, block: Range, near: int) -> Range:
        """Return a range of a side's numbers on the wire as relative ones, near another."""
        base = self.base_of(side)
        begin, end = (near + (number - base - near + _HALF) % _WRAP - _HALF for number in block)
        return begin, end

    def window_of(self, packet: Seen) -> int:
        """Return the window that a packet advertises, in bytes."""
        numbering = self._numbering.get(packet.side)
        return packet.window if numbering is None or packet.flags & _SYN else packet.window << numbering.scale
