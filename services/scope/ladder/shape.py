"""The shape of a conversation: what stays the same in the next one that goes the same way."""

from collections.abc import Hashable, Iterable

from services.scope.ladder.folding import Fold, fold
from services.scope.ladder.rows import rows
from services.scope.model import Conversation, JoinedCall, RuleCheck, Segment, Side
from services.scope.notes import NoteKind


def shape(conversation: Conversation) -> Hashable:
    """Return what equals another conversation's if both ladders tell the same: rows, states, notes, outcome, checks.

    Of the rows it is each one's order: the client's calls, the segments, the server's calls. Which of two came first
    that do not wait for each other is the scheduler's doing: two hundred sessions that were alike had 35 orders of all
    their rows. Times, addresses, descriptors and numbers of bytes are no part of it, nor is how much was folded.
    """
    segments: list[Hashable] = []
    calls: dict[Side, list[Hashable]] = {"client": [], "server": []}
    for item in fold(rows(conversation), conversation):
        if isinstance(item, Fold):
            segments.append(_sorted(item.remarks))
        elif item.kind == "segment":
            segments.append(_of_segment(conversation.segments[item.of]))
        elif item.kind != "return":
            joined = conversation.calls[item.of]
            calls[joined.side].append(_of_call(joined))
    broken = [check.rule for check in conversation.checks if isinstance(check, RuleCheck) and not check.holds]
    whole = conversation.outcome, _sorted(conversation.kinds), tuple(broken)
    return whole, tuple(segments), tuple(calls["client"]), tuple(calls["server"])


def _of_segment(segment: Segment) -> Hashable:
    states = segment.client_state, segment.server_state
    return segment.sender, segment.flags, segment.length > 0, states, _sorted(segment.kinds)


def _of_call(joined: JoinedCall) -> Hashable:
    call = joined.call
    return call.call, call.errno, call.bytes == 0


def _sorted(kinds: Iterable[NoteKind]) -> tuple[int, ...]:
    return tuple(sorted(kind.value for kind in kinds))
