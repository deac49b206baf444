"""What the kernel said of its sockets (TCP_INFO in the call records), against what the segments tell.

States from segments assume that an end received what was captured. It may not have: an accept queue is full, or a
segment was dropped behind the capture point. What its own kernel said is better evidence, and replaces the guess.
"""

import math
from bisect import bisect_right
from itertools import accumulate

from services.scope.model import SIDES, Conversation, CorrectionNote, JoinedCall, Segment, Side, State, StateNote
from services.scope.notes import NoteKind
from services.scope.tcp.revisions import revise

# A segment this close to the TCP_INFO query may or may not have been processed before it: 7 ms were measured.
_SETTLE_NS = 10_000_000

# What shutdown() itself brings about, at once.
_OWN_END = (State.FIN_WAIT_1, State.LAST_ACK)

# These calls tell nothing of a connection: a listener's calls are about the listener, and socket() has none yet.
_OF_NO_CONNECTION = ("socket", "bind", "listen")

# In the order in which a connection passes through them.
_ORDER = (
    (State.LISTEN, State.SYN_SENT),
    (State.SYN_RECEIVED,),
    (State.ESTABLISHED,),
    (State.FIN_WAIT_1, State.CLOSE_WAIT),
    (State.FIN_WAIT_2, State.CLOSING, State.LAST_ACK),
    (State.TIME_WAIT,),
    (State.CLOSED,),
)
_RANK = {state: rank for rank, states in enumerate(_ORDER) for state in states}


def revise_states(conversation: Conversation) -> None:
    """Correct the states that TCP_INFO in a call's record contradicts: each is marked on its segment, and noted."""
    segments = conversation.segments
    by_return = sorted(conversation.calls, key=lambda joined: joined.call.t1_ns)
    for side in SIDES:
        begun_ns = sorted(joined.call.t0_ns for joined in by_return if joined.side == side)
        times_ns = list(accumulate((segment.seen_ns(side) for segment in segments), max))
        known = -1  # up to here an earlier call has told the state
        for joined in by_return:
            state = _read_state(joined)
            if joined.side != side or state is None:
                continue
            t_ns = joined.call.t1_ns - conversation.ahead_ns[side]
            at = bisect_right(times_ns, t_ns) - 1
            if at < 0:
                continue
            likely = segments[at].state_of(side)
            if state != likely:
                asked_ns = t_ns, _asked_before_ns(joined, state, begun_ns) - conversation.ahead_ns[side]
                if not _agrees(state, _possible(segments, times_ns, asked_ns, side)):
                    _revise(conversation, joined, state, (at, known))
            known = at


def _asked_before_ns(joined: JoinedCall, state: State, begun_ns: list[int]) -> float:
    """Return until when the kernel may have been asked: by then the program has begun its next call.

    It asks when the call has returned, but may have been held up in between, while segments came. Only for what the
    call itself has brought about does that not matter.
    """
    if joined.call.call == "shutdown" and state in _OWN_END:
        return joined.call.t1_ns
    at = bisect_right(begun_ns, joined.call.t1_ns)
    return begun_ns[at] if at < len(begun_ns) else math.inf


def _possible(segments: list[Segment], times_ns: list[int], asked_ns: tuple[float, float], side: Side) -> set[State]:
    """Return the states that the segments allow an end between two times."""
    first = max(bisect_right(times_ns, asked_ns[0] - _SETTLE_NS) - 1, 0)
    last = bisect_right(times_ns, asked_ns[1] + _SETTLE_NS)
    return {segment.state_of(side) for segment in segments[first:last]}


def _agrees(state: State, possible: set[State]) -> bool:
    # Linux keeps TIME-WAIT outside the socket, whose own state is then CLOSED.
    return state in possible or (state == State.CLOSED and State.TIME_WAIT in possible)


def _revise(conversation: Conversation, joined: JoinedCall, state: State, places: tuple[int, int]) -> None:
    """Correct a side's state from the segment `at`; up to `known` an earlier call has told it (`places` are both)."""
    at, known = places
    segments, side = conversation.segments, joined.side
    guess = segments[at].state_of(side)
    first = at
    if _RANK[state] < _RANK[guess]:
        # The connection was not yet in that state. It never goes back, so it was not in it at earlier segments either.
        while first - 1 > known and segments[first - 1].state_of(side) == guess:
            first -= 1
    revise(segments, first, side, state)
    segments[first].notes.append(StateNote(NoteKind.BY_TCP_INFO, side=side, state=state))
    conversation.notes.append(
        CorrectionNote(
            NoteKind.CORRECTED,
            segments[first].frame,
            side=side,
            state=state,
            call=joined.call.call,
            instead_of=guess,
        )
    )


def _read_state(joined: JoinedCall) -> State | None:
    """Return the connection's state that a call's record tells; what it names may also be no state at all."""
    state = joined.call.tcp_state
    if state not in _RANK or joined.call.call in _OF_NO_CONNECTION:
        return None
    return State(state)
