"""A conversation as rows from top to bottom: entries to calls, returns, and segments, by cause, then by time."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from services.scope.model import Conversation, JoinedCall, Segment, Side, peer_of

# "call" is one that was entered and returned from with nothing in between; "segment" one that was seen at one point, or
# left and arrived with nothing in between.
Kind: TypeAlias = Literal["enter", "segment", "departure", "arrival", "return", "call"]

# Order at equal times: entries first, then segments, then returns.
_AT_ONCE: dict[Kind, int] = {"enter": 0, "call": 0, "segment": 1, "departure": 1, "arrival": 1, "return": 2}

# Two rows that are one where nothing is between them.
_MERGED: dict[tuple[Kind, Kind], Kind] = {("enter", "return"): "call", ("departure", "arrival"): "segment"}


class Row(NamedTuple):
    """One moment: `of` is the index of its call or segment in the conversation, `t_ns` is on the capture's clock."""

    kind: Kind
    of: int
    t_ns: int

    @property
    def is_segment(self) -> bool:
        """Whether it is of a segment, and not of a call."""
        return self.kind in ("segment", "departure", "arrival")

    @property
    def leaves(self) -> bool:
        """Whether a segment leaves in it: one row of each segment."""
        return self.kind in ("segment", "departure")

    @property
    def arrives(self) -> bool:
        """Whether a segment arrives in it, or would have, had it not been lost."""
        return self.kind in ("segment", "arrival")


def rows(conversation: Conversation) -> list[Row]:
    """Return all rows, sorted by cause, then by time.

    A call is entered before the segments that it caused, and returns after those that it waited for, whatever the
    clocks of two hosts say; segments keep the order in which they were captured, at each point.
    """
    return _merged(_sorted(*_graph(conversation)))


def begin_ns(conversation: Conversation) -> int:
    """Return the time that a ladder counts from: connect() was called, or the first segment or call there is."""
    times_ns = [
        (joined.call.call, joined.call.t0_ns - conversation.ahead_ns[joined.side]) for joined in conversation.calls
    ]
    begun = [t_ns for name, t_ns in times_ns if name == "connect"]
    begun += (segment.seen_ns(segment.sender) for segment in conversation.segments[:1])
    return min(begun or (t_ns for _, t_ns in times_ns), default=0)


def _graph(conversation: Conversation) -> tuple[list[Row], list[tuple[int, int]]]:
    """Return the rows in any order, and which of them comes before which."""
    found, before, at = _graph_segments(conversation.segments)
    latest: dict[tuple[Side, int], int] = {}  # the return of the call before on the same descriptor
    for index, joined in enumerate(conversation.calls):
        call = joined.call
        enter, leave = len(found), len(found) + 1
        found.append(Row("enter", index, call.t0_ns - conversation.ahead_ns[joined.side]))
        found.append(Row("return", index, _returned_ns(conversation, joined)))
        before.append((enter, leave))
        for segment in joined.segments:
            is_own = conversation.segments[segment].sender == joined.side
            place = at[joined.side][segment]
            before.append((enter, place) if is_own else (place, leave))
        socket = joined.side, call.fd
        if socket in latest and found[latest[socket]].t_ns <= found[enter].t_ns:
            before.append((latest[socket], enter))
        latest[socket] = leave
    return found, before


def _graph_segments(segments: list[Segment]) -> tuple[list[Row], list[tuple[int, int]], dict[Side, dict[int, int]]]:
    """Return the rows of segments, which of them comes before which, and each one's row at either side."""
    found: list[Row] = []
    before: list[tuple[int, int]] = []
    at: dict[Side, dict[int, int]] = {"client": {}, "server": {}}
    for index, segment in enumerate(segments):
        if segment.is_copy:  # an artefact of the capture, kept only to match tshark's list
            continue
        both = segment.left_ns is not None and segment.arrived_ns is not None
        at[segment.sender][index] = len(found)
        found.append(Row("departure" if both else "segment", index, segment.seen_ns(segment.sender)))
        if both:
            before.append((len(found) - 1, len(found)))
            found.append(Row("arrival", index, segment.seen_ns(peer_of(segment.sender))))
        at[peer_of(segment.sender)][index] = len(found) - 1
    if len(found) == len(at["client"]):  # one capture, whose order counts, also where its times do not grow
        return found, list(pairwise(range(len(found)))), at
    for rows_there in at.values():
        before += pairwise(sorted(rows_there.values(), key=lambda row: found[row].t_ns))
    return found, before, at


def _returned_ns(conversation: Conversation, joined: JoinedCall) -> int:
    """Return when a call returned; for a traced call within `slack_ns`, and not before the segments it is joined to."""
    ahead_ns = conversation.ahead_ns[joined.side]
    t1_ns, latest_ns = joined.call.t1_ns - ahead_ns, joined.call.latest_ns - ahead_ns
    times_ns = (conversation.segments[index].seen_ns(joined.side) for index in joined.segments)
    return max((t_ns for t_ns in times_ns if t1_ns < t_ns <= latest_ns), default=t1_ns)


def _sorted(found: list[Row], before: list[tuple[int, int]]) -> list[Row]:
    """Return the rows in topological order, the earliest first where there is a choice (Kahn's algorithm)."""
    after: list[list[int]] = [[] for _ in found]
    waits = [0] * len(found)
    for first, then in before:
        after[first].append(then)
        waits[then] += 1

    def rank(row: int) -> tuple[int, int, int]:
        return found[row].t_ns, _AT_ONCE[found[row].kind], row

    free = [rank(row) for row in range(len(found)) if not waits[row]]
    heapify(free)
    left = set(range(len(found)))
    earliest = iter(sorted(left, key=rank))
    ordered = []
    while left:
        # Contradictory records can form a cycle: the earliest row breaks it.
        row = heappop(free)[2] if free else next(row for row in earliest if row in left)
        if row not in left:
            continue
        left.remove(row)
        ordered.append(found[row])
        for then in after[row]:
            waits[then] -= 1
            if not waits[then]:
                heappush(free, rank(then))
    return ordered


def _merged(ordered: list[Row]) -> list[Row]:
    """Merge two rows of a call, or of a segment, into one where nothing is between them."""
    return list(_merging(ordered))


def _merging(ordered: list[Row]) -> Iterator[Row]:
    skipped = False
    for row, then in zip(ordered, [*ordered[1:], None], strict=True):
        if skipped:
            skipped = False
            continue
        whole = _MERGED.get((row.kind, then.kind)) if then is not None and then.of == row.of else None
        skipped = whole is not None
        yield row if whole is None else Row(whole, row.of, row.t_ns)
