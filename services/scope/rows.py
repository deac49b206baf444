"""A conversation as the rows of a ladder, from top to bottom: by cause, then by time.

Segments keep the capture's order. A call's entry stands above the first segment that it caused, its return below the
last one that it waited for, whatever their clocks say; otherwise where its times put it. What a long transfer repeats
is folded: a ladder is read by eye.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, TypeAlias

from services.scope import notes
from services.scope.checks import bounds, offset
from services.scope.model import Conversation, JoinedCall, Segment, Side

# A run of plain segments may be this long; of a longer one, so many are left at either end.
_MAX_RUN = 6
_KEPT = 2

# What is cut into less than this by the calls around it is not worth a fold.
_MIN_FOLD = 3

# How the segments were handed over says nothing of the transfer.
_ROUTINE = notes.GSO

_OPENING = frozenset(("LISTEN", "SYN-SENT", "SYN-RECEIVED"))


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment, by its index in the conversation. A row's `t_ns` is by the capture's clock, a call's too."""

    t_ns: int
    index: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """Where a call was entered, or returned: the call by its index in the conversation."""

    t_ns: int
    index: int
    edge: Literal["enter", "return"]


@dataclass(frozen=True, slots=True)
class FoldRow:
    """What is left out: segments `first` to `last`, and whole calls, by the index of those that returned among them."""

    t_ns: int  # of its first segment
    first: int
    last: int
    calls: tuple[int, ...]
    client_bytes: int  # payload that the client's segments carried, a repeated byte each time
    server_bytes: int
    duration_ns: int  # from its first segment to its last

    @property
    def segments(self) -> int:
        """How many segments it stands for."""
        return self.last - self.first + 1


Row: TypeAlias = SegmentRow | CallRow | FoldRow


def rows(conversation: Conversation) -> list[Row]:
    """Return the rows: each segment, and both ends of each call, stand in them once, or are in one fold."""
    ordered = _in_order(conversation)
    hidden, hidden_calls = _hidden(conversation, ordered)
    shown: list[Row] = []
    segments: list[int] = []
    calls: list[int] = []
    for row in ordered:
        if isinstance(row, SegmentRow) and row.index in hidden:
            segments.append(row.index)
        elif isinstance(row, CallRow) and row.index in hidden_calls:
            if row.edge == "return":
                calls.append(row.index)
        else:
            # A call that is only begun or ended in a fold cuts it in two: its bar must not cover what it did not.
            if segments:
                shown.append(_fold(conversation, segments, calls))
                segments, calls = [], []
            shown.append(row)
    return shown


def _in_order(conversation: Conversation) -> list[SegmentRow | CallRow]:
    """Sort by the gap between two segments that a row stands in, and in a gap by time."""
    segments = conversation.segments
    times_ns = list(accumulate((segment.t_ns for segment in segments), max))
    keyed: list[tuple[tuple[int, int, int, int], SegmentRow | CallRow]] = [
        ((index + 1, -1, 0, 0), SegmentRow(segment.t_ns, index)) for index, segment in enumerate(segments)
    ]
    found = bounds(conversation)
    ahead_ns: dict[Side, int] = {
        "client": offset(found, "client").likely_ns,
        "server": offset(found, "server").likely_ns,
    }
    for index, joined in enumerate(conversation.calls):
        t0_ns = joined.call.t0_ns - ahead_ns[joined.side]
        t1_ns = max(joined.call.t1_ns - ahead_ns[joined.side], t0_ns)  # a clock may be set back meanwhile
        caused, awaited = _ties(segments, joined)
        above = min([bisect_left(times_ns, t0_ns), *caused])
        below = max([bisect_right(times_ns, t1_ns), *(segment + 1 for segment in awaited)])
        keyed.append(((above, t0_ns, index, 0), CallRow(t0_ns, index, "enter")))
        keyed.append(((below, t1_ns, index, 1), CallRow(t1_ns, index, "return")))
    return [row for _, row in sorted(keyed, key=lambda pair: pair[0])]


def _ties(segments: list[Segment], joined: JoinedCall) -> tuple[list[int], list[int]]:
    """Return the segments that a call caused, its own side's, and those that it waited for, the peer's."""
    caused = [index for index in joined.segments if segments[index].sender == joined.side]
    return caused, [index for index in joined.segments if segments[index].sender != joined.side]


def _hidden(conversation: Conversation, ordered: list[SegmentRow | CallRow]) -> tuple[set[int], set[int]]:
    """Choose the segments and the calls to fold."""
    hidden = _hidden_segments(conversation.segments)
    while True:
        calls = _hidden_calls(conversation, ordered, hidden)
        small = _small_stretches(ordered, hidden, calls)
        if not small:
            return hidden, calls
        # With them, calls come to light that are beside them; these may cut what is left once more.
        hidden -= small


def _small_stretches(ordered: list[SegmentRow | CallRow], hidden: set[int], calls: set[int]) -> set[int]:
    small: set[int] = set()
    stretch: list[int] = []
    for row in ordered:
        if isinstance(row, SegmentRow) and row.index in hidden:
            stretch.append(row.index)
        elif isinstance(row, SegmentRow) or row.index not in calls:
            small.update(stretch if len(stretch) < _MIN_FOLD else ())
            stretch = []
    return small


def _hidden_segments(segments: list[Segment]) -> set[int]:
    hidden: set[int] = set()
    for run in _plain_runs(segments):
        if len(run) > _MAX_RUN:
            hidden.update(run[_KEPT:-_KEPT])
    return hidden


def _plain_runs(segments: list[Segment]) -> Iterator[range]:
    begin = 0
    for index in range(len(segments)):
        if not _is_plain(segments, index):
            yield range(begin, index)
            begin = index + 1
    yield range(begin, len(segments))


def _is_plain(segments: list[Segment], index: int) -> bool:
    """Tell whether a segment is like its neighbours: data or an ACK, with no remark, and nothing changes its state."""
    segment = segments[index]
    states = (segment.client_state, segment.server_state)
    before = segments[index - 1] if index else None
    return (
        not {"SYN", "FIN", "RST"}.intersection(segment.flags)
        and all(note.startswith(_ROUTINE) for note in segment.notes)
        and before is not None
        and states == (before.client_state, before.server_state)
        and not _OPENING.intersection(states)
    )


def _hidden_calls(conversation: Conversation, ordered: list[SegmentRow | CallRow], hidden: set[int]) -> set[int]:
    """Find the transfers with hidden segments, and no others, above their entry, below their return, and between."""
    entered: dict[int, int] = {}
    found = set()
    above = 0  # segments so far
    for row in ordered:
        if isinstance(row, SegmentRow):
            above += 1
        elif row.edge == "enter":
            entered[row.index] = above
        elif _is_transfer(conversation.calls[row.index]) and hidden.issuperset(
            range(entered[row.index] - 1, above + 1)
        ):
            found.add(row.index)
    return found


def _is_transfer(joined: JoinedCall) -> bool:
    return joined.call.call in ("send", "recv") and bool(joined.call.bytes) and joined.call.errno is None


def _fold(conversation: Conversation, segments: list[int], calls: list[int]) -> FoldRow:
    folded = conversation.segments[segments[0] : segments[-1] + 1]
    return FoldRow(
        folded[0].t_ns,
        segments[0],
        segments[-1],
        tuple(calls),
        sum(segment.length for segment in folded if segment.sender == "client"),
        sum(segment.length for segment in folded if segment.sender == "server"),
        folded[-1].t_ns - folded[0].t_ns,
    )
