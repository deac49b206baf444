"""Which calls are under way at each row, in lanes side by side: what a ladder draws as bars."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.scope.ladder.folding import Fold, Item
from services.scope.ladder.rows import Row
from services.scope.model import Conversation, Side, peer_of


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
        segment, ends = _seen_at(item, conversation)
        yield (
            item,
            [
                Bar(call, side, lane, touches=side in ends and segment in conversation.calls[call].segments)
                for side, of_side in lanes.items()
                for lane, call in enumerate(of_side)
                if call is not None
            ],
        )
        if isinstance(item, Row) and item.kind in ("return", "call"):
            of_side = lanes[conversation.calls[item.of].side]
            of_side[of_side.index(item.of)] = None


def _seen_at(item: Item, conversation: Conversation) -> tuple[int | None, tuple[Side, ...]]:
    """Return a row's segment, and the sides that it touches there: it leaves the one, it arrives at the other."""
    if isinstance(item, Fold) or not item.is_segment:
        return None, ()
    sender = conversation.segments[item.of].sender
    ends = ((sender, item.leaves), (peer_of(sender), item.arrives))
    return item.of, tuple(side for side, is_there in ends if is_there)


def seen_elsewhere(items: Sequence[Item], conversation: Conversation) -> dict[int, list[int]]:
    """Return, for each call, its segments that came before or after its bar, and so do not touch it."""
    left = {index: set(joined.segments) for index, joined in enumerate(conversation.calls)}
    for item, under_way in bars(items, conversation):
        for bar in under_way:
            if bar.touches and isinstance(item, Row):
                left[bar.call].discard(item.of)
    return {index: sorted(segments) for index, segments in left.items()}
