"""A ladder on a terminal: the client's lifeline on the left, the server's on the right, time from top to bottom.

A call is a heavy bar at its side's edge, from the row of its entry to that of its return; a triangle on it marks a
segment that the call caused (away from the bar) or waited for (towards it). A segment without one is the kernel's own.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from services.scope.draw.cells import Cells, columns_of, show
from services.scope.draw.styles import of_call, of_state
from services.scope.draw.terminal_cells import Line, Said, arrival, arrow, ending_of, side, stub
from services.scope.draw.wrapping import wrapped
from services.scope.explain.explainer import Explainer
from services.scope.ladder.bars import Bar, bars, seen_elsewhere
from services.scope.ladder.findings import findings, legend
from services.scope.ladder.folding import Fold, fold
from services.scope.ladder.labels import Labels, Marks, result
from services.scope.ladder.naming import program, shown
from services.scope.ladder.rows import Row, begin_ns, rows
from services.scope.model import SIDES, Conversation, JoinedCall, Segment, Side, State
from services.scope.notes import NoteKind
from services.scope.words.words import Lang

# Widths in columns: the whole; time and number before the ladder; a side with its bars and states, at the middle one.
# The least is a terminal's usual width.
_LEAST_WIDTH, _WIDTH, _MOST_WIDTH = 80, 100, 140
_TIME, _FRAME = 10, 5
_MARGIN = _TIME + _FRAME + 2
_SIDE, _WIDER = 23, 4  # one more for each so many columns above that, and one less below

# So many columns the ladder's own number takes, where the scope writes it before the first line: `#12 `.
_NUMBER = 4

_MARKS = Marks(caused="▸", awaited="◂")

_OF_WEIGHT = {"good": "green", "bad": "bold red", "note": "yellow", "aside": "dim"}


def draw(
    conversation: Conversation,
    console: Console,
    *,
    explain: bool = False,
    lang: Lang = "en",
    own_numbers: bool = False,
) -> None:
    """Print a conversation's ladder as wide as the console, within 80 and 140 columns.

    Its segments have the numbers of the capture or, with `own_numbers`, count from the conversation's first.
    """
    width = max(_LEAST_WIDTH, min(console.width, _MOST_WIDTH))
    labels = Labels(conversation, lang, _MARKS, own_numbers=own_numbers)
    page = _Page(conversation, width, labels, Explainer(conversation, lang) if explain else None)
    show(page.lines(), console)


class _Page:
    """One ladder's lines."""

    def __init__(self, conversation: Conversation, width: int, labels: Labels, explainer: Explainer | None) -> None:
        self._labels = labels
        self._conversation = conversation
        self._width = width
        self._side = _SIDE + (width - _WIDTH) // _WIDER
        self._middle = width - _MARGIN - 2 * self._side - 2
        self._explainer = explainer
        self._begin_ns = begin_ns(conversation)
        self._items = fold(rows(conversation), conversation)
        self._elsewhere = seen_elsewhere(self._items, conversation)
        self._states: dict[Side, State] = {}

    def lines(self) -> Iterator[Cells]:
        """Give the head, the ladder, and what was found."""
        yield from self._head()
        for item, under_way in bars(self._items, self._conversation):
            if isinstance(item, Fold):
                yield from self._draw_fold(item, under_way)
            elif item.is_segment:
                yield from self._draw_segment(item, under_way)
            else:
                yield from self._draw_call(item, under_way)
            if self._explainer is not None:
                yield from self._explanation(self._explainer.explain(item))
        yield Cells()
        for text, weight in findings(self._conversation, self._labels):
            yield from (Cells(part, _OF_WEIGHT[weight]) for part in wrapped(text, self._width))
        yield from (Cells(part, "dim") for part in wrapped(legend(self._conversation, self._labels), self._width))
        yield Cells()

    def _head(self) -> Iterator[Cells]:
        conversation = self._conversation
        ends, summary = f"{conversation.client} → {conversation.server}", self._labels.summary()
        if _NUMBER + columns_of(ends) + 3 + columns_of(summary) <= self._width:
            yield Cells(ends, "bold").add(f"   {summary}", "dim")
        else:
            yield Cells(ends, "bold")
            yield from (Cells(part, "dim") for part in wrapped(summary, self._width))
        yield Cells()
        heads = [f"{self._labels.words.phrases.sides[side]} {program(conversation, side)}".strip() for side in SIDES]
        # A long name is cut where it would reach over the edge.
        client, server = (Text(head, overflow="ellipsis") for head in heads)
        client.truncate(_MARGIN + self._side)
        server.truncate(self._side)
        before = " " * (_MARGIN + self._side - client.cell_len)
        yield Cells(f"{before}{client.plain}{' ' * (self._middle + 2)}{server.plain}", "bold")

    def _draw_fold(self, folded: Fold, under_way: Sequence[Bar]) -> Iterator[Cells]:
        room = self._width - _MARGIN
        yield self._line(Line(under_way, t_ns=folded.t_ns))
        for part in wrapped(self._labels.folded(folded), room - 8):
            yield Cells(" " * (_MARGIN + (room - columns_of(part)) // 2) + part, "italic cyan")
        yield self._line(Line(under_way))

    def _draw_segment(self, row: Row, under_way: Sequence[Bar]) -> Iterator[Cells]:
        segment, labels = self._conversation.segments[row.of], self._labels
        notes = [labels.note(note) for note in segment.notes] if row.leaves else []
        delay, lost = (labels.delay(segment), labels.lost(segment)) if row.arrives else ("", "")
        said, ending = Said(delay, lost, notes), ending_of(segment, row)
        if row.leaves:
            drawn = arrow(segment, said, self._middle, ending)
        else:
            drawn = arrival(segment, labels.comes(segment), said, self._middle, ending)
        on_arrow, *below = drawn
        if row.leaves and NoteKind.LOST_BEFORE_LEAVING in segment.kinds:
            passing = [bar._replace(touches=False) for bar in under_way]
            yield self._line(Line(passing, middle=stub(segment, self._middle)))
        states = {
            side: self._show_state(segment, side)
            for side in SIDES
            if (row.leaves if side == segment.sender else row.arrives)
        }
        yield self._line(Line(under_way, row.t_ns, segment=segment, leaves=row.leaves, middle=on_arrow, beside=states))
        for text in below:
            yield self._line(Line([bar._replace(touches=False) for bar in under_way], middle=text))

    def _show_state(self, segment: Segment, which: Side) -> Cells:
        state = segment.state_of(which)
        if state == self._states.get(which):
            return Cells()
        self._states[which] = state
        return Cells(self._labels.state(segment, which), of_state(state))

    def _draw_call(self, row: Row, under_way: Sequence[Bar]) -> Iterator[Cells]:
        joined = self._conversation.calls[row.of]
        call = joined.call
        lanes = max((bar.lane for bar in under_way if bar.side == joined.side), default=0) + 1
        room = self._side - 2 * lanes - 2  # a space on both sides
        texts = [Cells(part, of_call(call)) for part in _parts(row, joined, room)]
        if row.kind != "enter":
            took = self._labels.took(call) if row.kind == "return" else ""
            frames = self._labels.frames(joined, self._elsewhere[row.of])
            if took and texts[-1].columns + columns_of(f" {took} {frames}".rstrip()) <= room:
                texts[-1].add(f" {took}", "dim")
            for part in wrapped(frames, room):
                if texts[-1].columns + 1 + columns_of(part) <= room:
                    texts[-1].add(f" {part}", "dim")
                else:
                    texts.append(Cells(part, "dim"))
        yield self._line(Line(under_way, row.t_ns, row=row, beside={joined.side: texts[0]}))
        for text in texts[1:]:
            yield self._line(Line(under_way, row=row, beside={joined.side: text}, goes_on=True))

    def _explanation(self, text: str) -> Iterator[Cells]:
        for part in wrapped(text, self._width - _MARGIN):
            yield Cells(" " * _MARGIN + part, "italic bright_black")

    def _line(self, line: Line) -> Cells:
        """Return a line as text: time, number, the client's side, the wire, the server's side."""
        when = "" if line.t_ns is None else self._labels.words.when(line.t_ns - self._begin_ns)
        segment = line.segment
        frame = "" if segment is None else self._labels.frame(segment)
        sender = segment.sender if segment is not None and line.leaves else None
        # A time before the ladder's zero is longer. Only a call has one, and it has no number: that room is free.
        wide = max(columns_of(when), _TIME)
        place = f"{' ' * (wide - columns_of(when))}{when} {frame:>{_MARGIN - 2 - wide}} "
        return (
            Cells(place, "dim")
            .join(side("client", self._side, line))
            .add("├" if sender == "client" else "│")
            .join(line.middle.pad(self._middle))
            .add("┤" if sender == "server" else "│")
            .join(side("server", self._side, line))
        )


def _parts(row: Row, joined: JoinedCall, room: int) -> Sequence[str]:
    """Return what a row says of a call: in one line, or where there is no room for that, in several."""
    called, returned = shown(joined), result(joined)
    said = {"enter": called, "return": returned}.get(row.kind, f"{called} {returned}".rstrip())
    if columns_of(said) <= room:
        return [said]
    parts = [said] if row.kind in ("enter", "return") else [called, returned]
    return [line for part in parts for line in wrapped(part, room)]
