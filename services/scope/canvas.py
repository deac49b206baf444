"""The lines of a ladder on a terminal: a time, two lifelines, what is between them, and what is beside them.

frame  time  client's text  bars ┃ arrows ┃ bars  server's text
"""

from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from services.scope.bars import Bars
from services.scope.model import Side

LIFELINE = "┃"
_STYLE_OF_BARS = "cyan"

# Wider than this a line is not easier to read; an arrow any shorter has no room for "SYN,ACK seq 0 ack 1".
_MAX_WIDTH = 140
_MIN_ARROW = 24

_TIME_WIDTH = 11  # "12.345678 s"
_SIDE_WIDTH = 23  # "accept() = fd 12, 78 µs"
_MIN_SIDE = 6
_GAPS = len("  ") + 2 * len(f"  {LIFELINE}")


@dataclass(frozen=True, slots=True)
class Beside:
    """What one side shows on a line: its bars by lane, lane 0 next to the lifeline, and a text behind them."""

    bars: str
    text: Text


class Canvas:
    """The widths of the columns, fitted to a console, and lines made of them."""

    def __init__(self, console: Console, bars: Bars, frame_digits: int) -> None:
        self.width = min(console.width, _MAX_WIDTH)
        self._console = console
        self._frame_width = frame_digits
        lanes = sum(bars.lanes.values())
        free = self.width - self._frame_width - lanes - _TIME_WIDTH - _GAPS - _MIN_ARROW
        self.side_width = max(min(_SIDE_WIDTH, free // 2), _MIN_SIDE)
        self.arrow_width = max(free - 2 * self.side_width, 0) + _MIN_ARROW

    def line(self, frame: str, time: str, client: Beside, middle: Text, server: Beside) -> Text:
        """Return a line: every column at its width."""
        line = Text().append(f"{frame:>{self._frame_width}} {time:>{_TIME_WIDTH}} ", style="dim")
        line.append_text(self._fitted(client.text, "right"))
        line.append(f" {client.bars[::-1]}", style=_STYLE_OF_BARS).append(LIFELINE)
        line.append_text(middle)
        line.append(LIFELINE).append(f"{server.bars} ", style=_STYLE_OF_BARS)
        line.append_text(self._fitted(server.text, "left"))
        line.rstrip()
        return line

    def arrow(self, label: Text, sender: Side) -> Text:
        """Return an arrow from one lifeline to the other, with a label in its middle."""
        shaft = max(self.arrow_width - cell_len(label.plain) - len("  ▶"), 0)
        left, right = "─" * (shaft // 2), "─" * (shaft - shaft // 2)
        if sender == "client":
            return Text.assemble(left, " ", label, " ", right, "▶")
        return Text.assemble("◀", left, " ", label, " ", right)

    def has_room(self, label: str) -> bool:
        """Tell whether an arrow with this label still looks like one."""
        return cell_len(label) + len("─  ──▶") <= self.arrow_width

    def fits_beside(self, text: Text) -> bool:
        """Tell whether a text can stand beside a lifeline as a whole."""
        return text.cell_len <= self.side_width

    def between(self, text: Text) -> list[Text]:
        """Return a text as lines that fill the space between the lifelines."""
        lines = text.wrap(self._console, self.arrow_width - 2)
        return [self._centred(line) for line in lines]

    def blank(self) -> Text:
        """Return the empty space between the lifelines."""
        return Text(" " * self.arrow_width)

    def _centred(self, line: Text) -> Text:
        line.rstrip()
        line.align("center", self.arrow_width)
        return line

    def _fitted(self, text: Text, align: str) -> Text:
        fitted = text.copy()
        fitted.truncate(self.side_width, overflow="ellipsis")
        fitted.align("right" if align == "right" else "left", self.side_width)
        return fitted
