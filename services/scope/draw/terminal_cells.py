"""The pieces of a ladder's line on a terminal: a side with its bars, and an arrow between the lifelines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from services.scope.draw.cells import Cells, columns_of
from services.scope.draw.styles import OF_KIND, kind
from services.scope.draw.wrapping import wrapped
from services.scope.ladder import labels
from services.scope.ladder.bars import Bar
from services.scope.ladder.rows import Row
from services.scope.ladder.ways import is_dropped, is_lost
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

# Dashes of an arrow that comes from a row above.
_COMING = 4

_NOTHING = Cells()


@dataclass
class Line:
    """What a line of the ladder shows: the calls under way, and what happens: a segment, or the `row` of a call."""

    under_way: Sequence[Bar]
    t_ns: int | None = None
    segment: Segment | None = None
    leaves: bool = True  # the segment, in this line
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


class Ending(Enum):
    """How an arrow ends in its row."""

    ARRIVED = auto()
    UNDER_WAY = auto()  # it goes on, and arrives in a later row
    LOST = auto()  # on its way
    DROPPED = auto()  # at its receiver


# The head of an arrow to the right and to the left; of one under way the part that is still to come.
_HEADS = {
    Ending.ARRIVED: ("▶", "◀"),
    Ending.UNDER_WAY: ("╌╌╌╌", "╌╌╌╌"),
    Ending.LOST: ("✗", "✗"),
    Ending.DROPPED: ("▷┃", "┃◁"),
}


def ending_of(segment: Segment, row: Row) -> Ending:
    """Return how a segment's arrow ends in a row."""
    if not row.arrives:
        return Ending.UNDER_WAY
    if is_lost(segment):
        return Ending.LOST
    return Ending.DROPPED if is_dropped(segment) else Ending.ARRIVED


class Said(NamedTuple):
    """What is said of an arrow besides its numbers: how long it was on its way, where it was lost, its notes."""

    delay: str = ""
    lost: str = ""
    notes: Sequence[str] = ()


def arrow(segment: Segment, said: Said, width: int, ending: Ending = Ending.ARRIVED) -> Iterator[Cells]:
    """Give the arrow with what fits on it, then the rest and the notes below it."""
    what = kind(segment)
    style = OF_KIND[what]
    head = _HEADS[ending][segment.sender == "server"]
    long = width * 3 // 4 if ending is Ending.LOST else width
    room = long - len(head) - 3  # a space at either end of the label, and a dash before the head
    on_it, below = _label(segment, said.delay, room)
    label = f" {on_it} "
    dashes = long - columns_of(label) - len(head)
    tail, to_head = "─" * (dashes // 2), "─" * (dashes - dashes // 2)
    bold = style if what == "ack" else f"bold {style}"
    of_head = style if ending in (Ending.ARRIVED, Ending.UNDER_WAY) else "bold red"
    beyond = " " * (width - long)
    if segment.sender == "client":
        yield Cells(tail, style).add(label, bold).add(to_head, style).add(head, of_head).add(beyond)
    else:
        yield Cells(beyond).add(head, of_head).add(to_head, style).add(label, bold).add(tail, style)
    if below:
        yield Cells(_centred(" ".join(below), width), style)
    yield from _below(said, width)


def _label(segment: Segment, delay: str, room: int) -> tuple[str, list[str]]:
    """Return as much as there is room for: numbers, then the delay, then details; and what is left of them."""
    on_it = labels.flags(segment)
    left = labels.numbers(segment)
    while left and len(on_it) + 1 + len(left[0]) <= room:
        on_it = f"{on_it} {left.pop(0)}"
    last = f" {delay}" if delay else ""
    if left or len(on_it) + columns_of(last) > room:
        return on_it, [*left, delay] if delay else left
    for part in labels.details(segment):
        if len(on_it) + 1 + len(part) + columns_of(last) > room:
            break
        on_it = f"{on_it} {part}"
    return f"{on_it}{last}", []


def arrival(segment: Segment, text: str, said: Said, width: int, ending: Ending) -> Iterator[Cells]:
    """Give the end of an arrow that began in a row above, with what is said of it, then what is below."""
    style = OF_KIND[kind(segment)]
    head = _HEADS[ending][segment.sender == "server"]
    of_head = style if ending is Ending.ARRIVED else "bold red"
    first, *more = wrapped(text, width - _COMING - len(head) - 4)
    label = f" {first} "
    dashes = width - _COMING - columns_of(label) - len(head)
    tail, to_head = "─" * (dashes // 2), "─" * (dashes - dashes // 2)
    if segment.sender == "client":
        yield Cells("╌" * _COMING + tail, style).add(label, style).add(to_head, style).add(head, of_head)
    else:
        yield Cells(head, of_head).add(to_head, style).add(label, style).add(tail + "╌" * _COMING, style)
    yield from (Cells(_centred(part, width), style) for part in more)
    yield from _below(said, width)


def stub(segment: Segment, width: int) -> Cells:
    """Return what is seen of a packet that its sender lost before it left: next to nothing."""
    if segment.sender == "client":
        return Cells("─✗", "bold red")
    return Cells(" " * (width - 2)).add("✗─", "bold red")


def _below(said: Said, width: int) -> Iterator[Cells]:
    for note, style in ((said.lost, "bold red"), *((note, "yellow") for note in said.notes)):
        for part in wrapped(note, width - 2):
            yield Cells(_centred(part, width), style)


def _centred(content: str, width: int) -> str:
    # str.center() counts characters; a Chinese one takes two columns.
    room = max(width - columns_of(content), 0)
    return f"{' ' * (room // 2)}{content}{' ' * (room - room // 2)}"
