"""Which calls are under way at each row, in lanes side by side: what a ladder draws as bars."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.scope.ladder.folding import Item
from services.scope.ladder.rows import Row
from services.scope.model import Conversation, Side


class Bar(NamedTuple):
    """A call under way at a row: `lane` 0 is nearest to the edge; it `touches` a segment it caused or waited for."""

    call: int
    side: Side
    lane: int
    touches: bool


def bars(items: Sequence[Item], conversation: Conversation) -> Iterator[tuple[Item, list[Bar]]]:
    """Give each row with the calls under way at it, including a call that begins or ends in this row."""
    lanes: dict[Side, list[int | None]] = {"client": [], "server": []}
    for item in items:
        if isinstance(item, Row) and item.kind in ("enter", "call"):
            of_side = lanes[conversation.calls[item.of].side]
            if None in of_side:
                of_side[of_side.index(None)] = item.of
            else:
                of_side.append(item.of)
        segment = item.of if isinstance(item, Row) and item.kind == "segment" else None
        yield (
            item,
            [
                Bar(call, side, lane, touches=segment in conversation.calls[call].segments)
                for side, of_side in lanes.items()
                for lane, call in enumerate(of_side)
                if call is not None
            ],
        )
        if isinstance(item, Row) and item.kind in ("return", "call"):
            of_side = lanes[conversation.calls[item.of].side]
            of_side[of_side.index(item.of)] = None


def seen_elsewhere(items: Sequence[Item], conversation: Conversation) -> dict[int, list[int]]:
    """Return, for each call, its segments that came before or after its bar, and so do not touch it."""
    left = {index: set(joined.segments) for index, joined in enumerate(conversation.calls)}
    for item, under_way in bars(items, conversation):
        for bar in under_way:
            if isinstance(item, Row) and item.kind == "segment":
                left[bar.call].discard(item.of)
    return {index: sorted(segments) for index, segments in left.items()}
