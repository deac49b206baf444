"""A ladder as a picture for a textbook: self-contained SVG for light and dark pages, with what a terminal shows.

Rows are evenly spaced, whatever the time between them, so that events microseconds apart can be seen. Arrows slope
down because a segment takes time to arrive: of one that was seen at both hosts, from the row in which it left to that
in which it arrived; of another the slope has no meaning.
"""

from collections.abc import Iterator, Sequence

from services.scope.draw.svg_crossing import Crossings
from services.scope.draw.svg_lifelines import LIFE_X, Lifelines, beside
from services.scope.draw.svg_style import STYLE, box, escaped, text
from services.scope.draw.view import View
from services.scope.draw.wrapping import wrapped
from services.scope.explain.explainer import Explainer
from services.scope.ladder.bars import Bar, bars, seen_elsewhere
from services.scope.ladder.findings import findings, legend
from services.scope.ladder.folding import Fold, Item
from services.scope.ladder.labels import Labels, Marks, result
from services.scope.ladder.naming import program
from services.scope.ladder.naming import shown as name_shown
from services.scope.ladder.rows import Row, begin_ns
from services.scope.model import Conversation
from services.scope.words.words import Lang

_MARKS = Marks(caused="●", awaited="○")

# Pixels, from left to right: times, the client's calls and lifeline, the wire, the server's; then the explanations.
_TIME_X, _FRAME_X = 84, 122
_FRAME_CHARACTERS, _DIGIT = 5, 7  # room for #9999; each further digit moves the times to the left
_WIDTH, _WHY_X, _WIDTH_WITH_WHY = 1040, 1036, 1480
_WHY_COLUMNS = 66

# From top to bottom.
_HEAD, _CALL, _LINE = 122, 23, 17
_TITLE = 60

# Height of all waits together in a picture that is to scale.
_SCALE = 1600


def picture(conversation: Conversation, *, explain: bool = False, lang: Lang = "en") -> str:
    """Return the ladder of a capture's conversation as an SVG document."""
    return view_of(conversation, View(explain, lang))


def view_of(conversation: Conversation, view: View) -> str:
    """Return a conversation's ladder, seen as asked for, as an SVG document."""
    return _Picture(conversation, view).document()


class _Picture:
    """A picture being drawn; `y` is where the next row begins."""

    def __init__(self, conversation: Conversation, view: View) -> None:
        self._view = view
        self._labels = Labels(conversation, view.lang, _MARKS, own_numbers=view.own_numbers)
        self._conversation = conversation
        self._explainer = explainer = Explainer(conversation, view.lang) if view.explain else None
        self._items = view.items(conversation)
        self._elsewhere = seen_elsewhere(self._items, conversation)
        self._begin_ns = begin_ns(conversation)
        ended_ns = max((item.t_ns + self._way_ns(item) for item in self._items), default=0)
        self._span_ns = max(ended_ns - self._begin_ns, 1)
        widest = max((len(self._labels.frame(segment)) for segment in conversation.segments), default=0)
        self._left = -_DIGIT * max(widest - _FRAME_CHARACTERS, 0)  # where the picture begins
        self._time_x = _TIME_X + self._left
        self._y: float = _HEAD
        self._width = _WIDTH_WITH_WHY if explainer else _WIDTH
        self._lifelines = Lifelines(walkable=view.walkable)
        self._crossings = Crossings(conversation, self._labels, self._lifelines)
        self._above: list[str] = []  # elements drawn over bands and bars

    def document(self) -> str:
        """Draw, and return the document."""
        self._draw_head()
        waits = self._waits()
        for number, (item, under_way) in enumerate(bars(self._items, self._conversation)):
            self._y += next(waits)
            self._draw_row(number, item, under_way)
        lifelines = self._lifelines.drawn(_HEAD - 14, self._y)
        self._draw_findings()
        client, server = self._conversation.client, self._conversation.server
        title = self._labels.words.phrases.title.format(client=client, server=server, summary=self._labels.summary())
        width = self._width - self._left
        # A walkable ladder is shown on a page that has its title and summary above the picture.
        top = _TITLE if self._view.walkable else 0
        height = self._y - top
        size = f'width="{width}" height="{height:g}" viewBox="{self._left} {top} {width} {height:g}"'
        begin = f' x="{self._left}"' if self._left else ""
        begin += f' y="{top}"' if top else ""
        return "\n".join(
            (
                # For older viewers, which do not know `white-space`.
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" xml:space="preserve">',
                f"<title>{escaped(title)}</title>",
                f"<style>{STYLE}</style>",
                f'<rect{begin} width="100%" height="100%" class="page"/>',
                *lifelines,
                *self._crossings.arrows,
                *self._above,
                "</svg>\n",
            )
        )

    def _waits(self) -> Iterator[float]:
        """Give the empty height above each row: its share of the time if the picture is to scale, else none."""
        before_ns = self._begin_ns
        for item in self._items:
            yield self._stretch(max(item.t_ns - before_ns, 0))
            before_ns = max(before_ns, item.t_ns + self._way_ns(item))

    def _stretch(self, took_ns: int) -> float:
        """Return the height of a time in a picture that is to scale; in another, none."""
        return took_ns / self._span_ns * _SCALE if self._view.to_scale else 0

    def _way_ns(self, item: Item) -> int:
        """Return how long a segment was on its way that left and arrived in this row."""
        if isinstance(item, Fold) or item.kind != "segment":
            return 0
        segment = self._conversation.segments[item.of]
        if segment.left_ns is None or segment.arrived_ns is None:
            return 0
        return max(segment.arrived_ns - segment.left_ns, 0)

    def _draw_row(self, number: int, item: Item, under_way: Sequence[Bar]) -> None:
        drawn = len(self._above)
        height = self._draw(item, under_way)
        why = wrapped(self._explainer.explain(item), _WHY_COLUMNS) if self._explainer else []
        for line_number, part in enumerate(why):
            self._above.append(text(_WHY_X, self._y + 15 + line_number * _LINE, part, "why"))
        height = max(height, len(why) * _LINE + 6)
        if self._view.walkable:
            # The whole row can be pointed at, also where nothing is drawn.
            whole = box(self._left, self._y, self._width - self._left, height, "hit")
            self._above[drawn:] = [f'<g class="row" data-row="{number}">{whole}', *self._above[drawn:], "</g>"]
        self._y += height

    def _draw_head(self) -> None:
        conversation = self._conversation
        if not self._view.walkable:
            self._above.append(text(24, 32, f"{conversation.client} → {conversation.server}", "title"))
            self._above.append(text(24, 52, self._labels.summary(), "soft"))
        for side, x in LIFE_X.items():
            endpoint = conversation.client if side == "client" else conversation.server
            head = f"{self._labels.words.phrases.sides[side]} {program(conversation, side)}".strip()
            self._above.append(text(x, _HEAD - 40, head, "head", "middle"))
            self._above.append(text(x, _HEAD - 23, str(endpoint), "time", "middle"))

    def _draw(self, item: Item, under_way: Sequence[Bar]) -> float:
        """Draw a row, and return its height."""
        when = self._labels.words.when(item.t_ns - self._begin_ns)
        if isinstance(item, Fold):
            return self._draw_fold(item, when)
        if item.is_segment:
            return self._draw_segment(item, when, under_way)
        self._draw_call(item, when, under_way)
        return _CALL

    def _draw_fold(self, folded: Fold, when: str) -> float:
        parts = wrapped(self._labels.folded(folded), 78)
        height = len(parts) * _LINE + 14
        x = LIFE_X["client"] - 60
        self._above.append(box(x, self._y + 6, LIFE_X["server"] + 60 - x, height, "fold"))
        self._above.append(text(self._time_x, self._y + 22, when, "time", "end"))
        middle = sum(LIFE_X.values()) / 2
        for number, part in enumerate(parts):
            self._above.append(text(middle, self._y + 25 + number * _LINE, part, "found aside", "middle"))
        return height + 16

    def _draw_segment(self, row: Row, when: str, under_way: Sequence[Bar]) -> float:
        segment = self._conversation.segments[row.of]
        found, height, at = self._crossings.draw(row, self._y, self._stretch(self._way_ns(row)), under_way)
        self._above.append(text(self._time_x, at + 4, when, "time", "end"))
        self._above.append(text(_FRAME_X, at + 4, self._labels.frame(segment), "time", "end"))
        self._above += found
        return height

    def _draw_call(self, row: Row, when: str, under_way: Sequence[Bar]) -> None:
        joined = self._conversation.calls[row.of]
        call, middle = joined.call, self._y + _CALL / 2
        bar = next(bar for bar in under_way if bar.call == row.of)
        # Only a call can be before the ladder's zero, and it has no number: its longer time takes that room.
        x = self._time_x if row.t_ns >= self._begin_ns else _FRAME_X
        self._above.append(text(x, middle + 4, when, "time", "end"))
        called, returned = name_shown(joined), result(joined)
        shown = {"enter": called, "return": returned}.get(row.kind, f"{called} {returned}".rstrip())
        if row.kind != "enter":
            refs = self._labels.frames(joined, self._elsewhere[row.of])
            shown += f" {refs}" if refs else ""
            shown += f" {self._labels.took(call)}" if row.kind == "return" else ""
        css = "call" if call.errno is None else "call bad"
        self._above.append(beside(joined.side, middle + 4, shown, css, under_way))
        if row.kind == "enter":
            self._lifelines.enter(row.of, middle)
        else:
            self._lifelines.leave(bar, middle, has_failed=call.errno is not None)

    def _draw_findings(self) -> None:
        self._y += 34
        below: list[tuple[str, str]] = [*findings(self._conversation, self._labels)]
        below.append((legend(self._conversation, self._labels), "aside"))
        for content, weight in below:
            for part in wrapped(content, 130):
                self._above.append(text(24, self._y, part, f"found {weight}"))
                self._y += _LINE + 2
        self._y += 10
