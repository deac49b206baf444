"""Where the bars of a ladder stand: a lane for each call, so that two which last at once are beside each other."""

from collections.abc import Sequence

from services.scope.model import Conversation, Side
from services.scope.rows import CallRow, Row, SegmentRow

# Threads, and clocks that differ, make calls of one side overlap, but seldom more than two; what is beyond shares one.
_MAX_LANES = 4

# What a socket is made ready with, perhaps hours before there is a connection.
_PREPARING = ("socket", "bind", "listen")


class Bars:
    """The bars of a conversation's calls, by the index of the call."""

    def __init__(self, conversation: Conversation, rows: Sequence[Row]) -> None:
        self.lane: dict[int, int] = {}  # 0 is next to the lifeline
        self.lanes: dict[Side, int] = {"client": 1, "server": 1}
        self.brief: set[int] = set()  # calls that return in the very next row: no segment passed meanwhile
        taken: dict[Side, list[int]] = {"client": [], "server": []}
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            if not isinstance(row, CallRow):
                continue
            side = conversation.calls[row.index].side
            if row.edge == "return":
                taken[side].remove(self.lane[row.index])
                continue
            free = (lane for lane in range(_MAX_LANES) if lane not in taken[side])
            lane = self.lane[row.index] = next(free, _MAX_LANES - 1)
            taken[side].append(lane)
            self.lanes[side] = max(self.lanes[side], lane + 1)
            if isinstance(following, CallRow) and following.index == row.index:
                self.brief.add(row.index)


def zero_ns(conversation: Conversation, rows: Sequence[Row]) -> int:
    """Return when a ladder's time begins: with its first event that is of this connection."""
    for row in rows:
        if isinstance(row, SegmentRow) or (
            isinstance(row, CallRow) and conversation.calls[row.index].call.call not in _PREPARING
        ):
            return row.t_ns
    return rows[0].t_ns if rows else 0
