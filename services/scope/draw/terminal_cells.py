"""The pieces of a ladder's line on a terminal: a side with its bars, and an arrow between the lifelines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.scope.draw.cells import Cells, columns_of
from services.scope.draw.styles import OF_KIND, kind
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


_NOTHING = Cells()


@dataclass
class Line:
    """What a line of the ladder shows: the calls under way, and what happens: a segment, or the `row` of a call."""

    under_way: Sequence[Bar]
    t_ns: int | None = None
    segment: Segment | None = None
    row: Row | None = None
    middle: Cells = field(default_factory=Cells)
    beside: Mapping[Side, Cells] = field(default_factory=dict)
    goes_on: bool = False  # the line before was the first of this row


def side(which: Side, width: int, line: Line) -> Cells:
    """Return a side: bars at the outer edge, then a call's text, or a state close to the lifeline."""
    text = line.beside.get(which, _NOTHING)
    if not line.under_way and not text.columns:
        return Cells(" " * width)
    bars = _draw_bars(which, line)
    gap = " " * max(width - len(bars) - text.columns - 1, 0)
    before, behind = (gap, " ") if line.row is None else (" ", gap)
    if which == "server":
        return Cells(behind).join(text).add(before).add(bars, "bold")
    return Cells(bars, "bold").add(before).join(text).add(behind)


def _draw_bars(which: Side, line: Line) -> str:
    mirrored = which == "server"
    lanes: dict[int, str] = {}
    for bar in line.under_way:
        if bar.side != which:
            continue
        shape = _GO_ON
        if line.row is not None and bar.call == line.row.of:
            if line.goes_on and line.row.kind != "enter":
                continue  # it has ended
            shape = _GO_ON if line.goes_on else _OF_ROW[line.row.kind]
        if line.segment is not None and bar.touches:
            shape = _CAUSED if line.segment.sender == which else _AWAITED
        lanes[bar.lane] = f"{shape[mirrored]:>2}" if mirrored else f"{shape[mirrored]:<2}"
    found = [lanes.get(lane, "  ") for lane in range(max(lanes, default=-1) + 1)]
    return "".join(reversed(found) if mirrored else found)


def arrow(segment: Segment, notes: Sequence[str], width: int) -> Iterator[Cells]:
    """Give the arrow with what fits on it, then the rest and the notes below it."""
    what = kind(segment)
    style = OF_KIND[what]
    room = width - 4  # the head, a space at either end of the label, and a dash before the head
    numbers, on_it = labels.numbers(segment), labels.flags(segment)
    fitting = 0
    for part in (*numbers, *labels.details(segment)):
        if len(on_it) + 1 + len(part) > room:
            break
        on_it = f"{on_it} {part}"
        fitting += 1
    below = numbers[fitting:]
    label = f" {on_it} "
    dashes = width - len(label) - 1
    tail, to_head = "─" * (dashes // 2), "─" * (dashes - dashes // 2)
    bold = style if what == "ack" else f"bold {style}"
    if segment.sender == "client":
        yield Cells(tail, style).add(label, bold).add(f"{to_head}▶", style)
    else:
        yield Cells(f"◀{to_head}", style).add(label, bold).add(tail, style)
    if below:
        yield Cells(_centred(" ".join(below), width), style)
    for note in notes:
        for part in wrapped(note, width - 2):
            yield Cells(_centred(part, width), "yellow")


def _centred(content: str, width: int) -> str:
    # str.center() counts characters; a Chinese one takes two columns.
    room = max(width - columns_of(content), 0)
    return f"{' ' * (room // 2)}{content}{' ' * (room - room // 2)}"
