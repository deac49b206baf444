"""The rungs of a ladder: what each row looks like on the lines of a canvas."""

from collections.abc import Iterator

from rich.text import Text

from services.scope import wording
from services.scope.bars import Bars
from services.scope.canvas import Beside, Canvas
from services.scope.model import Conversation, Segment, Side
from services.scope.rows import CallRow, FoldRow, Row, SegmentRow
from services.scope.states import SYN_SENT

_ENTER: dict[Side, str] = {"client": "┐", "server": "┌"}
_RETURN: dict[Side, str] = {"client": "┘", "server": "└"}
_BRIEF, _DURING, _FREE = "▪", "│", " "

_SIDES: tuple[Side, Side] = ("client", "server")


class Rungs:
    """The rows of one conversation, drawn in their order: it remembers which bars are open, and the states shown."""

    def __init__(self, conversation: Conversation, bars: Bars, canvas: Canvas, zero_ns: int) -> None:
        self._conversation = conversation
        self._bars = bars
        self._canvas = canvas
        self._zero_ns = zero_ns
        self._open: dict[Side, set[int]] = {"client": set(), "server": set()}  # lanes
        self._states: dict[Side, str] = {"client": "", "server": ""}

    def title(self) -> Text:
        """Return the line above the first rung: whose lifeline is whose."""
        canvas, beside = self._canvas, {side: Beside(self._beside(side), Text(side, style="bold")) for side in _SIDES}
        return canvas.line("#", "time", beside["client"], canvas.blank(), beside["server"])

    def lines(self, row: Row) -> Iterator[Text]:
        """Give the lines of the next row."""
        if isinstance(row, SegmentRow):
            return self._of_segment(self._conversation.segments[row.index])
        return self._of_call(row) if isinstance(row, CallRow) else self._of_fold(row)

    def _of_segment(self, segment: Segment) -> Iterator[Text]:
        canvas = self._canvas
        style = "bold red" if "RST" in segment.flags else "bold"
        label = Text.assemble((wording.flags(segment), style), " ", wording.numbers(segment))
        remarks = [Text(note, style="yellow") for note in segment.notes]
        if not canvas.has_room(label.plain):
            label = Text(wording.flags(segment), style=style)
            remarks.insert(0, Text(wording.numbers(segment)))
        states = {side: self._state(segment, side) for side in _SIDES}
        yield self._line(canvas.arrow(label, segment.sender), f"{segment.frame}", segment.t_ns, states)
        for remark in remarks:
            for line in canvas.between(remark):
                yield self._line(line)

    def _of_fold(self, row: FoldRow) -> Iterator[Text]:
        text = Text(f"⋮ {wording.fold(row)} ⋮", style="dim")
        frame = f"{self._conversation.segments[row.first].frame}"
        for number, line in enumerate(self._canvas.between(text)):
            yield self._line(line, *((frame, row.t_ns) if number == 0 else ()))

    def _of_call(self, row: CallRow) -> Iterator[Text]:
        joined = self._conversation.calls[row.index]
        side, lane = joined.side, self._bars.lane[row.index]
        returned = Text.assemble(
            (wording.result(joined), "bold red" if joined.call.errno else ""), (f", {wording.took(joined)}", "dim")
        )
        entered = Text(wording.entry(joined), style="cyan")
        whole = Text.assemble(entered, " ", returned)
        is_brief = row.index in self._bars.brief and self._canvas.fits_beside(whole)
        if is_brief:
            if row.edge == "return":
                return
            text, mark = whole, _BRIEF
        elif row.edge == "enter":
            text, mark = entered, _ENTER[side]
        else:
            text, mark = returned, _RETURN[side]
        self._open[side].discard(lane)
        yield self._line(self._canvas.blank(), "", row.t_ns, {side: text}, {side: (lane, mark)})
        if row.edge == "enter" and not is_brief:
            self._open[side].add(lane)

    def _line(
        self,
        middle: Text,
        frame: str = "",
        t_ns: int | None = None,
        texts: dict[Side, Text] | None = None,
        marks: dict[Side, tuple[int, str]] | None = None,
    ) -> Text:
        beside = {
            side: Beside(self._beside(side, (marks or {}).get(side)), (texts or {}).get(side, Text()))
            for side in _SIDES
        }
        time = "" if t_ns is None else wording.clock(t_ns - self._zero_ns)
        return self._canvas.line(frame, time, beside["client"], middle, beside["server"])

    def _beside(self, side: Side, mark: tuple[int, str] | None = None) -> str:
        lanes = [_DURING if lane in self._open[side] else _FREE for lane in range(self._bars.lanes[side])]
        if mark is not None:
            lanes[mark[0]] = mark[1]
        return "".join(lanes)

    def _state(self, segment: Segment, side: Side) -> Text:
        """Return an end's state if it is not the one shown last; what is inferred has a question mark."""
        state = segment.client_state if side == "client" else segment.server_state
        # Who sent a SYN is in SYN-SENT; what is guessed then is the other end.
        state += "?" if segment.inferred and state != SYN_SENT else ""
        if state == self._states[side]:
            return Text()
        self._states[side] = state
        return Text(state, style="magenta")
