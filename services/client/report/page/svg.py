"""The few elements of SVG that the charts are made of, and the scales and ticks of their axes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

Line = Sequence[tuple[float, float]]

_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Scale:
    """A scale from values to pixels: `low` is at `start`, `high` at `end`; values outside are put at the nearer end."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        value = min(max(value, self.low), self.high)
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def log_bounds(low: float, high: float) -> tuple[float, float]:
    """Return the nearest 1, 2 or 5 times a power of ten that is not above `low`, and that is not below `high`."""
    bounds = [step * 10.0**power for power in range(-1, 20) for step in _STEPS]
    below = max(bound for bound in bounds if bound <= max(low, 0.1))
    above = min(bound for bound in bounds if bound >= high and bound > below)
    return below, above


def log_ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Return ticks at 1, 2 and 5 times powers of ten, or at the powers alone where those would be too many."""
    fine = [step * 10.0**power for power in range(-1, 20) for step in _STEPS]
    inside = [tick for tick in fine if low <= tick <= high]
    return inside if len(inside) <= most else [tick for tick in inside if math.log10(tick) % 1 < 1e-9]  # noqa: PLR2004 -- rounding


def linear_ticks(high: float, most: int = 6) -> list[float]:
    """Return ticks from 0 at 1, 2 or 5 times a power of ten, the last of them not below `high`."""
    step = next(
        step * 10.0**power for power in range(-3, 25) for step in _STEPS if high <= step * 10.0**power * (most - 1)
    )
    return [step * number for number in range(max(math.ceil(high / step), 1) + 1)]


@dataclass(frozen=True)
class Frame:
    """How wide a chart is drawn, in pixels: on a phone it is drawn anew, since words would shrink with the picture.

    `row` is how much more height a second row of words above a chart takes, where they do not fit beside each other.
    """

    kind: str
    width: int
    left: int
    right: int
    row: int
    ticks: int

    @property
    def middle(self) -> float:
        """The middle of the axes."""
        return (self.left + self.right) / 2

    @property
    def is_narrow(self) -> bool:
        """Whether there is room for few words only."""
        return self.row > 0

    def lines(self, facts: Sequence[str]) -> Sequence[str]:
        """Return the facts as lines of text: one line, or a line each where the chart is narrow."""
        return facts if self.is_narrow else ["; ".join(facts)]


WIDE = Frame("wide", 880, 66, 864, row=0, ticks=12)
NARROW = Frame("narrow", 360, 58, 350, row=18, ticks=6)


def svg(width: int, height: int, label: str, parts: Iterable[str], kind: str = "", role: str = "img") -> str:
    """Return a picture that takes the width it is given; `label` is what a screen reader says."""
    head = f'<svg viewBox="0 0 {width} {height}" role="{role}" aria-label="{attribute(label)}"{_class(kind)}>'
    return "\n".join([head, *parts, "</svg>"])


def text(x: float, y: float, content: str, kind: str = "") -> str:
    """Return a line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}"{_class(kind)}>{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_class(kind)}/>'


def path(points: Line, kind: str) -> str:
    """Return a line through the points."""
    moves = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{moves}"{_class(kind)}/>' if points else ""


def dot(x: float, y: float, radius: float, kind: str) -> str:
    """Return a filled circle."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"{_class(kind)}/>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Return a rectangle."""
    size = f'width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size}{_class(kind)}/>'


def told(area: str, place: tuple[float, float], lines: Sequence[str]) -> str:
    """Return an area that shows its lines as a tooltip when it is pointed at or reached by keyboard."""
    words = "".join(text(place[0], place[1] + 17 * number, one, "told") for number, one in enumerate(lines))
    return f'<g class="point" tabindex="0" role="img" aria-label="{attribute("; ".join(lines))}">{area}{words}</g>'


def attribute(content: str) -> str:
    """Return text as it may stand between double quotes."""
    return escape(content, {'"': "&quot;"})


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
