"""What the kernel said of its sockets (TCP_INFO in the call records), against what the segments tell.

Segments tell what an end has done once it took in what was captured; it may never do so (an accept queue is full, a
segment is dropped behind the capture). What its own kernel said is better evidence, and takes the guess's place.
"""

from bisect import bisect_right
from itertools import accumulate

from services.scope import notes
from services.scope.model import Conversation, JoinedCall, Segment, Side
from services.scope.tcp.states import CLOSED, TIME_WAIT, revise

# A segment this close to the question may or may not have been taken in when it was asked: 7 ms were measured.
_SETTLE_NS = 10_000_000

# What a listener's calls say is of the listener, and what socket() says of no connection yet.
_OF_NO_CONNECTION = ("socket", "bind", "listen")

# In the order that a connection passes through them: one that is before another has not come as far.
_ORDER = (
    ("LISTEN", "SYN-SENT"),
    ("SYN-RECEIVED",),
    ("ESTABLISHED",),
    ("FIN-WAIT-1", "CLOSE-WAIT"),
    ("FIN-WAIT-2", "CLOSING", "LAST-ACK"),
    ("TIME-WAIT",),
    ("CLOSED",),
)
_RANK = {state: rank for rank, states in enumerate(_ORDER) for state in states}


def revise_states(conversation: Conversation) -> None:
    """Correct the states that a call's kernel contradicts: each is marked on its segment, and noted."""
    segments = conversation.segments
    times_ns = list(accumulate((segment.t_ns for segment in segments), max))
    by_return = sorted(conversation.calls, key=lambda joined: joined.call.t1_ns)
    sides: tuple[Side, ...] = ("client", "server")
    for side in sides:
        known = -1  # up to here an earlier call has told the state
        for joined in by_return:
            state = joined.call.tcp_state or ""
            if joined.side != side or state not in _RANK or joined.call.call in _OF_NO_CONNECTION:
                continue
            t_ns = joined.call.t1_ns - conversation.ahead_ns[side]
            at = bisect_right(times_ns, t_ns) - 1
            if at < 0:
                continue
            likely = _state(segments[at], side)
            if state != likely and not _agrees(state, _possible(segments, times_ns, t_ns, side)):
                _revise(conversation, joined, at, known)
            known = at


def _possible(segments: list[Segment], times_ns: list[int], t_ns: int, side: Side) -> set[str]:
    """Return the states that the segments allow an end at this time."""
    first = max(bisect_right(times_ns, t_ns - _SETTLE_NS) - 1, 0)
    last = bisect_right(times_ns, t_ns + _SETTLE_NS)
    return {_state(segment, side) for segment in segments[first:last]}


def _agrees(state: str, possible: set[str]) -> bool:
    # Linux keeps TIME-WAIT outside the socket, whose own state is then CLOSED.
    return state in possible or (state == CLOSED and TIME_WAIT in possible)


def _revise(conversation: Conversation, joined: JoinedCall, at: int, known: int) -> None:
    segments, side, state = conversation.segments, joined.side, str(joined.call.tcp_state)
    guess = _state(segments[at], side)
    first = at
    if _RANK[state] < _RANK[guess]:
        # It has not come as far, and a connection never goes back: it had not at the segments before, either.
        while first - 1 > known and _state(segments[first - 1], side) == guess:
            first -= 1
    revise(segments, first, side, state)
    segments[first].notes.append(notes.by_tcp_info(side, state))
    conversation.notes.append(
        f"after {joined.call.call}() the {side}'s kernel says {state}, where segments tell {guess}: "
        f"corrected from #{segments[first].frame} on"
    )


def _state(segment: Segment, side: Side) -> str:
    return segment.client_state if side == "client" else segment.server_state
