"""The shape of a conversation: equal for two conversations that take the same course."""

from collections.abc import Hashable, Iterable

from services.scope.ladder.folding import Fold, fold
from services.scope.ladder.rows import rows
from services.scope.model import Conversation, JoinedCall, Segment, Side
from services.scope.notes import NoteKind
from services.scope.rules import RuleCheck


def shape(conversation: Conversation) -> Hashable:
    """Return a value that two conversations share if their ladders have the same rows, states, notes, outcome, checks.

    The order of rows counts within the client's calls, the segments and the server's calls, but not between them: which
    of two independent rows comes first is up to the scheduler, and 200 equal sessions had 35 different orders. Times,
    addresses, descriptors, numbers of bytes, and how much was folded do not count.
    """
    segments: list[Hashable] = []
    calls: dict[Side, list[Hashable]] = {"client": [], "server": []}
    for item in fold(rows(conversation), conversation):
        if isinstance(item, Fold):
            segments.append(_sorted(item.remarks))
        elif item.leaves:
            segments.append(_shape_segment(conversation.segments[item.of]))
        elif item.kind in ("enter", "call"):
            joined = conversation.calls[item.of]
            calls[joined.side].append(_shape_call(joined))
    broken = [check.rule for check in conversation.checks if isinstance(check, RuleCheck) and not check.holds]
    whole = conversation.outcome, _sorted(conversation.kinds), tuple(broken)
    return whole, tuple(segments), tuple(calls["client"]), tuple(calls["server"])


def _shape_segment(segment: Segment) -> Hashable:
    states = segment.client_state, segment.server_state
    lost = segment.lost and segment.lost.place
    return segment.sender, segment.flags, segment.length > 0, states, _sorted(segment.kinds), lost


def _shape_call(joined: JoinedCall) -> Hashable:
    call = joined.call
    return call.call, call.errno, call.bytes == 0


def _sorted(kinds: Iterable[NoteKind]) -> tuple[int, ...]:
    return tuple(sorted(kind.value for kind in kinds))
