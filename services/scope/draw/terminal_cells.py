"""The pieces of a ladder's line on a terminal: a side with its bars, and an arrow between the lifelines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from services.scope.draw.styles import kind, of_segment
from services.scope.draw.wrapping import wrapped
from services.scope.ladder import labels
from services.scope.ladder.bars import Bar
from services.scope.ladder.rows import Row
from services.scope.model import Segment, Side

# What a bar looks like at a row, on the left and on the right.
_BEGIN, _GO_ON, _END, _AT_ONCE, _CAUSED, _AWAITED = (
    ("┏", "┓"),
    ("┃", "┃"),
    ("┗", "┛"),
    ("╺", "╸"),
    ("┣▸", "◂┫"),
    ("┣◂", "▸┫"),
)
_OF_ROW = {"enter": _BEGIN, "return": _END, "call": _AT_ONCE}


@dataclass
class Line:
    """What a line of the ladder shows: the calls under way, and what happens: a segment, or the `row` of a call."""

    under_way: Sequence[Bar]
    t_ns: int | None = None
    segment: Segment | None = None
    row: Row | None = None
    middle: Text = field(default_factory=Text)
    beside: Mapping[Side, Text] = field(default_factory=dict)


def side(which: Side, width: int, line: Line) -> Text:
    """Return a side: bars at the outer edge, then a call's text, or a state close to the lifeline."""
    bars, text = _draw_bars(which, line), line.beside.get(which, Text())
    gap = " " * max(width - len(bars) - text.cell_len - 1, 0)
    pieces: list[Any] = [(bars, "bold"), gap, text, " "] if line.row is None else [(bars, "bold"), " ", text, gap]
    return Text.assemble(*(reversed(pieces) if which == "server" else pieces))


def _draw_bars(which: Side, line: Line) -> str:
    mirrored = which == "server"
    lanes: dict[int, str] = {}
    for bar in line.under_way:
        if bar.side != which:
            continue
        shape = _GO_ON
        if line.row is not None and bar.call == line.row.of:
            shape = _OF_ROW[line.row.kind]
        if line.segment is not None and bar.touches:
            shape = _CAUSED if line.segment.sender == which else _AWAITED
        lanes[bar.lane] = f"{shape[mirrored]:>2}" if mirrored else f"{shape[mirrored]:<2}"
    found = [lanes.get(lane, "  ") for lane in range(max(lanes, default=-1) + 1)]
    return "".join(reversed(found) if mirrored else found)


def arrow(segment: Segment, notes: Sequence[str], width: int) -> Iterator[Text]:
    """Give the arrow with what fits on it, then the rest and the notes below it."""
    style = of_segment(segment)
    room = width - 5  # the head, a space at either end of the label, and a dash on both sides
    numbers, extra = labels.numbers(segment), labels.details(segment)
    on_it, below = [labels.flags(segment)], list[str]()
    for number in numbers:
        (on_it if not below and len(" ".join((*on_it, number))) <= room else below).append(number)
    while not below and extra and len(" ".join((*on_it, extra[0]))) <= room:
        on_it.append(extra.pop(0))
    label = f" {' '.join(on_it)} "
    dashes = width - len(label) - 1
    tail, to_head = "─" * (dashes // 2), "─" * (dashes - dashes // 2)
    bold = "" if kind(segment) == "ack" else "bold"
    if segment.sender == "client":
        yield Text.assemble(tail, (label, bold), f"{to_head}▶", style=style)
    else:
        yield Text.assemble(f"◀{to_head}", (label, bold), tail, style=style)
    if below:
        yield Text(_centred(" ".join(below), width), style)
    for note in notes:
        for part in wrapped(note, width - 2):
            yield Text(_centred(part, width), "yellow")


def _centred(content: str, width: int) -> str:
    # str.center() counts characters; a Chinese one takes two columns.
    room = max(width - cell_len(content), 0)
    return f"{' ' * (room // 2)}{content}{' ' * (room - room // 2)}"
