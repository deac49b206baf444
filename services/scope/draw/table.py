"""Many conversations as a table, a line each."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from operator import attrgetter
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from services.scope.columns import Column
from services.scope.draw.cells import Cells, show
from services.scope.draw.line import OF_OUTCOME, USUAL
from services.scope.model import Conversation, Endpoint, Outcome
from services.scope.notes import NoteKind
from services.scope.words.words import Lang, Words, time

_BETWEEN = "  "
_RIGHT = (0, 4, 5)  # columns of numbers

# The notes get at least so many columns, even if the line then is wider than the terminal.
_LEAST_NOTES = 20


class Summary(NamedTuple):
    """A conversation's line in the table: of many conversations nothing else is kept."""

    number: int  # in the capture, from 1
    client: Endpoint
    server: Endpoint
    outcome: Outcome
    segments: int
    duration_ns: int
    notes: Counter[NoteKind]  # how often, without those that every conversation has

    @property
    def remarks(self) -> int:
        """How many notes there are in all."""
        return self.notes.total()


def summary(number: int, conversation: Conversation) -> Summary:
    """Return a conversation's line."""
    segments = conversation.segments
    notes = Counter(note.kind for segment in segments for note in segment.notes if note.kind not in USUAL)
    notes.update(note.kind for note in conversation.notes)
    count = sum(1 for segment in segments if not segment.is_copy)
    took_ns = segments[-1].t_ns - segments[0].t_ns if segments else 0
    ends = conversation.client, conversation.server
    return Summary(number, *ends, conversation.outcome, count, took_ns, notes)


def _rank(end: Endpoint) -> tuple[int, int, str, int]:
    """Rank an address by its number: as text, 10.0.0.10 would be before 10.0.0.9."""
    try:
        address = ip_address(end.ip)
    except ValueError:  # a call record may not know it
        return 0, 0, end.ip, end.port
    return address.version, int(address), "", end.port


# The keys of sorting; columns where large numbers are of interest have the largest first.
ORDERS: dict[Column, tuple[Callable[[Summary], Any], bool]] = {
    Column.NUMBER: (attrgetter("number"), False),
    Column.CLIENT: (lambda one: _rank(one.client), False),
    Column.SERVER: (lambda one: _rank(one.server), False),
    Column.OUTCOME: (attrgetter("outcome"), False),
    Column.SEGMENTS: (attrgetter("segments"), True),
    Column.DURATION: (attrgetter("duration_ns"), True),
    Column.NOTES: (attrgetter("remarks"), True),
}


def draw_table(summaries: list[Summary], console: Console, lang: Lang, sort: Column) -> None:
    """Print the table, and how to go on from it."""
    order, is_reversed = ORDERS[sort]
    summaries.sort(key=order, reverse=is_reversed)
    words = Words(lang)
    show(_lines(summaries, words, console.width if console.is_terminal else None), console)
    hint = words.phrases.table_hint.format(conversations=words.counted(words.phrases.conversations, len(summaries)))
    show([Cells(), Cells(hint, "dim")], console)


def _lines(summaries: Sequence[Summary], words: Words, width: int | None) -> Iterator[Cells]:
    """Give the head, then a line for each; the notes are cut where the terminal ends."""
    rows = [[words.phrases.columns[column] for column in Column], *(_cells(one, words) for one in summaries)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    outcome, notes = list(Column).index(Column.OUTCOME), len(widths) - 1
    room = _LEAST_NOTES if width is None else max(width - sum(widths[:notes]) - len(_BETWEEN) * notes, _LEAST_NOTES)
    styles = ["bold", *(OF_OUTCOME.get(one.outcome, "yellow") for one in summaries)]
    for number, (row, style) in enumerate(zip(rows, styles, strict=True)):
        line = Cells()
        for at, (cell, columns) in enumerate(zip(row[:notes], widths, strict=False)):
            gap = " " * (columns - cell_len(cell))
            padded = f"{gap}{cell}{_BETWEEN}" if at in _RIGHT else f"{cell}{gap}{_BETWEEN}"
            line.add(padded, style if at == outcome or not number else "")
        yield line.add(row[notes] if width is None else _cut(row[notes], room), "yellow" if number else style)


def _cells(one: Summary, words: Words) -> list[str]:
    """Return a line's texts, in the order of the columns."""
    phrases = words.phrases
    remarks = [
        phrases.remark_counted.format(count=f"{count:,}", remark=words.kind(kind)) if count > 1 else words.kind(kind)
        for kind, count in one.notes.most_common()
    ]
    took = time(one.duration_ns) if one.segments else ""
    outcome = phrases.outcomes[one.outcome]
    segments = f"{one.segments:,}"
    return [
        f"{one.number}",
        f"{one.client}",
        f"{one.server}",
        outcome,
        segments,
        took,
        phrases.parts_between.join(remarks),
    ]


def _cut(text: str, columns: int) -> str:
    if cell_len(text) <= columns:
        return text
    return f"{set_cell_size(text, columns - 1).rstrip()}…"
