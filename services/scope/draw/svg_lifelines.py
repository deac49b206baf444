"""What stands at the two lifelines of a picture: the bars of calls with their marks, bands of states, texts beside."""

from collections.abc import Sequence

from services.scope.draw.svg_segment import state_kind
from services.scope.draw.svg_style import box, line, text
from services.scope.ladder.bars import Bar
from services.scope.model import Side, State

LIFE_X: dict[Side, int] = {"client": 340, "server": 800}

# Beside a lifeline: half of its width, a bar's, and a lane's with what is between.
HALF, _BAR, _LANE = 4, 9, 13


class Lifelines:
    """Bars and bands as far as the picture is drawn; what is drawn later lies over them."""

    def __init__(self, *, walkable: bool) -> None:
        self._walkable = walkable
        self._states: dict[Side, tuple[State, float]] = {}
        self._entered: dict[int, float] = {}
        self._bands: list[str] = []
        self._bars: list[str] = []

    def change(self, side: Side, state: State, y: float) -> bool:
        """End the band of a side's state where another begins; return whether one does."""
        if side in self._states and self._states[side][0] == state:
            return False
        self._end_band(side, y)
        self._states[side] = state, y
        return True

    def enter(self, call: int, y: float) -> None:
        """Begin a call's bar."""
        self._entered[call] = y

    def leave(self, bar: Bar, y: float, *, has_failed: bool) -> None:
        """End a call's bar; one that was not begun is of a call that was entered and left in this row."""
        top = self._entered.pop(bar.call, None)
        top, bottom = (y - 5, y + 5) if top is None else (top, y)
        drawn = box(_bar_x(bar), top, _BAR, bottom - top, "bar failed" if has_failed else "bar")
        self._bars.append(f'<g data-call="{bar.call}">{drawn}</g>' if self._walkable else drawn)

    def drawn(self, top: float, bottom: float) -> list[str]:
        """End all bands, and return the lifelines with what stands on them."""
        for side in LIFE_X:
            self._end_band(side, bottom)
        lines = [line(x, top, x, bottom + 10, "life") for x in LIFE_X.values()]
        return [*lines, *self._bands, *self._bars]

    def _end_band(self, side: Side, y: float) -> None:
        if side in self._states:
            (state, since), x = self._states[side], LIFE_X[side]
            self._bands.append(line(x, since, x, y, f"life band {state_kind(state)}"))


def mark(bar: Bar, y: float, *, is_caused: bool) -> str:
    """Return the mark of a segment on the bar of a call that caused it, or waited for it."""
    css = "mark caused" if is_caused else "mark"
    return f'<circle cx="{_bar_x(bar) + _BAR / 2:g}" cy="{y:g}" r="4" class="{css}"/>'


def beside(side: Side, y: float, content: str, css: str, under_way: Sequence[Bar]) -> str:
    """Return a text beside a lifeline and the bars that are under way."""
    lanes = 1 + max((bar.lane for bar in under_way if bar.side == side), default=0)
    away = HALF + 3 + lanes * _LANE + 4
    x = LIFE_X[side] + (-away if side == "client" else away)
    return text(x, y, content, css, "end" if side == "client" else "start")


def _bar_x(bar: Bar) -> float:
    away = HALF + 3 + bar.lane * _LANE
    return LIFE_X[bar.side] - away - _BAR if bar.side == "client" else LIFE_X[bar.side] + away
