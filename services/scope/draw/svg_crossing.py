"""The rows of segments in a picture: where each leaves and where it arrives, and what is said of it.

One that left and arrived with nothing in between has one row. Another has two, and its arrow goes from the one to the
other: so arrows that were on their way together cross.
"""

from collections.abc import Iterator, Sequence

from services.scope.draw.styles import kind
from services.scope.draw.svg_lifelines import HALF, LIFE_X, Lifelines, beside, mark
from services.scope.draw.svg_segment import LEAN, Arrow, Way, state_kind
from services.scope.draw.svg_style import line, text
from services.scope.ladder.bars import Bar
from services.scope.ladder.labels import Labels
from services.scope.ladder.rows import Row
from services.scope.ladder.ways import is_dropped, is_lost, share_of_way
from services.scope.model import Conversation, Segment, Side, peer_of
from services.scope.notes import NoteKind

# A row's height, whether its segment only leaves in it, only arrives, or both; where it leaves, where it arrives.
_WHOLE, _DEPARTURE, _ARRIVAL, _BELOW = 40, 30, 23, 15
_LEAVES, _ARRIVES = 21, 10
_FROM_EDGE = 14

# Of what was lost before it left: so far above the next one, so long.
_STUB, _STUB_LENGTH, _STUB_CROSS = 12, 24, 4

_LEFT, _RIGHT = LIFE_X["client"] + HALF, LIFE_X["server"] - HALF
_MIDDLE = sum(LIFE_X.values()) / 2


class Crossings:
    """The segments of a conversation as far as the picture is drawn; `y` of a row is its upper edge."""

    def __init__(self, conversation: Conversation, labels: Labels, lifelines: Lifelines) -> None:
        self._conversation = conversation
        self._labels = labels
        self._lifelines = lifelines
        self._left: dict[int, float] = {}  # where segments that are on their way left
        self._is_seen_twice = bool(conversation.vantages)
        self.arrows: list[str] = []  # from one row to another: they lie below the texts of all rows

    def draw(self, row: Row, y: float, stretch: float, under_way: Sequence[Bar]) -> tuple[list[str], float, float]:
        """Return a row's elements, its height, and where its time stands; `stretch` is the height of its way."""
        segment = self._conversation.segments[row.of]
        if row.kind == "arrival":
            return self._draw_arrival(row.of, segment, y + _ARRIVES, under_way)
        if row.kind == "departure":
            return self._draw_departure(row.of, segment, y, under_way)
        return self._draw_whole(segment, y + _LEAVES, stretch, under_way)

    def _draw_whole(
        self, segment: Segment, leaves: float, stretch: float, under_way: Sequence[Bar]
    ) -> tuple[list[str], float, float]:
        arrives = leaves + LEAN + stretch
        arrow = self._arrow(segment, leaves, arrives)
        found = [f'<g class="{kind(segment)}">', *arrow.line(), arrow.text(), "</g>"]
        found += _stub(segment, leaves - _STUB)
        said, lines = self._notes(segment), 0
        delay = self._labels.delay(segment)
        if delay:
            found.append(_inside(peer_of(segment.sender), arrives + 13, delay, "detail over"))
            lines = 1 if said else 0
        for content, css in said:
            found.append(text(_MIDDLE, arrives + 12 + lines * _BELOW, content, css, "middle"))
            lines += 1
        ends = {segment.sender: leaves, peer_of(segment.sender): arrives}
        found += self._at_ends(segment, ends, under_way)
        return found, _WHOLE + stretch + lines * _BELOW, leaves

    def _draw_departure(
        self, index: int, segment: Segment, y: float, under_way: Sequence[Bar]
    ) -> tuple[list[str], float, float]:
        """Draw where it leaves, with its text and notes above: its line goes down from there."""
        notes = [(self._labels.note(note), "note") for note in segment.notes]
        stub = _stub(segment, y + _STUB)
        leaves = y + _LEAVES + len(notes) * _BELOW + (_STUB if stub else 0)
        self._left[index] = leaves
        arrow = self._arrow(segment, leaves, leaves)
        found = [f'<g class="{kind(segment)}">', arrow.text(level=True, above=len(notes) * _BELOW), "</g>"]
        for number, (content, css) in enumerate(reversed(notes)):
            found.append(_inside(segment.sender, leaves - 5 - number * _BELOW, content, f"{css} over"))
        found += [*stub, *self._at_ends(segment, {segment.sender: leaves}, under_way)]
        return found, leaves - y + _DEPARTURE - _LEAVES, leaves

    def _draw_arrival(
        self, index: int, segment: Segment, arrives: float, under_way: Sequence[Bar]
    ) -> tuple[list[str], float, float]:
        arrow = self._arrow(segment, self._left.pop(index, arrives - LEAN), arrives)
        self.arrows += [f'<g class="{kind(segment)}" data-segment="{index}">', *arrow.line(), "</g>"]
        said = [(self._labels.delay(segment), "detail over"), (self._labels.lost(segment), "note bad over")]
        said = [(content, css) for content, css in said if content]
        found = [
            _inside(peer_of(segment.sender), arrives + 13 + number * _BELOW, content, css)
            for number, (content, css) in enumerate(said)
        ]
        found += self._at_ends(segment, {peer_of(segment.sender): arrives}, under_way)
        return found, _ARRIVAL + max(len(said) - 1, 0) * _BELOW, arrives

    def _arrow(self, segment: Segment, leaves: float, arrives: float) -> Arrow:
        share = share_of_way(segment, self._conversation) if is_lost(segment) else 1.0
        way = Way(_LEFT, _RIGHT, leaves, arrives)
        return Arrow(segment, way, share, dropped=is_dropped(segment), over=self._is_seen_twice)

    def _notes(self, segment: Segment) -> list[tuple[str, str]]:
        """Return what is said below an arrow, each with its class."""
        lost = self._labels.lost(segment)
        said = [(lost, "note bad"), *((self._labels.note(note), "note") for note in segment.notes)]
        return said if lost else said[1:]

    def _at_ends(self, segment: Segment, ends: dict[Side, float], under_way: Sequence[Bar]) -> Iterator[str]:
        """Give the states that change at a row's ends, and the marks on the bars of calls."""
        for side, y in ends.items():
            state = segment.state_of(side)
            if self._lifelines.change(side, state, y):
                yield beside(side, y + 4, self._labels.state(segment, side), f"state {state_kind(state)}", under_way)
        for bar in under_way:
            if bar.touches and bar.side in ends:
                yield mark(bar, ends[bar.side], is_caused=bar.side == segment.sender)


def _stub(segment: Segment, y: float) -> list[str]:
    """Return the stub of what its sender lost before it, before any point saw that; nothing where it lost nothing."""
    if NoteKind.LOST_BEFORE_LEAVING not in segment.kinds:
        return []
    tail, ahead = (_LEFT, 1) if segment.sender == "client" else (_RIGHT, -1)
    x, size = tail + ahead * _STUB_LENGTH, _STUB_CROSS
    return [
        line(tail, y, x, y, "stub"),
        line(x - size, y - size, x + size, y + size, "cross"),
        line(x - size, y + size, x + size, y - size, "cross"),
    ]


def _inside(side: Side, y: float, content: str, css: str) -> str:
    """Return a text between the lifelines, at one of them."""
    x, anchor = (_LEFT + _FROM_EDGE, "start") if side == "client" else (_RIGHT - _FROM_EDGE, "end")
    return text(x, y, content, css, anchor)
