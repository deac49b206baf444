"""A segment in a picture: an arrow that leans down from its sender to its receiver, with its text along it."""

from math import atan2, degrees, hypot
from typing import NamedTuple

from services.scope.draw.svg_style import escaped, line
from services.scope.ladder import labels
from services.scope.model import Segment, State

# How far an arrow's tip is below its tail.
LEAN = 11

# One that leans more has its text level, so far from its tail.
_LEVEL, _TAIL = 40, 14

_TIP_LENGTH, _TIP_HALF = 10, 4.5
_OF_STATE = {
    State.SYN_SENT: "opening",
    State.SYN_RECEIVED: "opening",
    State.ESTABLISHED: "established",
    State.CLOSED: "closed",
    State.LISTEN: "listen",
}


def state_kind(state: State) -> str:
    """Return the class of a state's name and band."""
    return _OF_STATE.get(state, "ending")


class Way(NamedTuple):
    """Where an arrow goes between the lifelines: from its sender at `leaves` down to its receiver at `arrives`."""

    left: float  # the lifelines' inner edges
    right: float
    leaves: float
    arrives: float


class Arrow:
    """A segment's arrow; `share` of its way is drawn, less than 1 where the segment was lost.

    Others may cross it, where segments are known to be on their way together: its text then lies `over` them.
    """

    def __init__(
        self, segment: Segment, way: Way, share: float = 1.0, *, dropped: bool = False, over: bool = False
    ) -> None:
        self._segment = segment
        self._way = way
        self._share = share
        self._dropped = dropped
        self._over = ' class="over"' if over else ""
        is_clients = segment.sender == "client"
        self._tail, self._tip = (way.left, way.right) if is_clients else (way.right, way.left)
        self._ahead = 1 if is_clients else -1
        self._is_level = way.arrives - way.leaves <= _LEVEL
        self._turn = degrees(atan2(way.arrives - way.leaves, way.right - way.left)) * self._ahead

    @property
    def end(self) -> tuple[float, float]:
        """Where it ends: at its receiver, or where the segment was lost."""
        way = self._way
        return self._tail + (self._tip - self._tail) * self._share, way.leaves + (
            way.arrives - way.leaves
        ) * self._share

    def line(self) -> list[str]:
        """Return its line, and how that ends."""
        leaves, tail, ahead = self._way.leaves, self._tail, self._ahead
        x, y = self.end
        if self._share < 1:
            cross = line(x - 6, y - 6, x + 6, y + 6, "cross"), line(x - 6, y + 6, x + 6, y - 6, "cross")
            return [line(tail, leaves, x, y, "wire"), *cross]
        # It ends within its tip.
        back = 6 / hypot(x - tail, y - leaves)
        back_x, back_y = (6 * ahead, 0.0) if self._is_level else ((x - tail) * back, (y - leaves) * back)
        shape = f"0,0 {-ahead * _TIP_LENGTH},{-_TIP_HALF} {-ahead * _TIP_LENGTH},{_TIP_HALF}"
        placed = f'transform="translate({x:g} {y:g}) rotate({self._turn:.2f})"'
        found = [
            line(tail, leaves, x - back_x, y - back_y, "wire"),
            f'<polygon points="{shape}" {placed} class="tip{" dropped" if self._dropped else ""}"/>',
        ]
        # A wall before the lifeline: the segment was there, and was not let in.
        return [*found, line(x, y - 9, x, y + 9, "stop")] if self._dropped else found

    def text(self, *, level: bool = False, above: float = 0) -> str:
        """Return the text along it; level at its tail where it leans much or is short, and so much `above` it."""
        segment, way = self._segment, self._way
        main = " ".join((labels.flags(segment), *labels.numbers(segment)))
        words = f'<tspan class="label">{escaped(main)}</tspan>'
        if level or self._share < 1 or not self._is_level:
            x, anchor = self._tail + self._ahead * _TAIL, "start" if self._ahead == 1 else "end"
            return f'<text x="{x:g}" y="{way.leaves - 5 - above:g}"{self._over} text-anchor="{anchor}">{words}</text>'
        detail = " ".join(labels.details(segment))
        words += f'<tspan class="detail">{escaped(f"  {detail}")}</tspan>'
        x, y = (way.left + way.right) / 2, (way.leaves + way.arrives) / 2
        turn = f'transform="rotate({self._turn:.2f} {x:g} {y:g})"'
        return f'<text x="{x:g}" y="{y - 5:g}"{self._over} {turn} text-anchor="middle">{words}</text>'
