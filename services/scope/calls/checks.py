"""The causal rules between calls and segments, evaluated on a conversation.

A conversation's two ends may be on two hosts: the same rules bound how far each one's clock is from the capture's.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.scope.model import SIDES, Conversation, JoinedCall, Note, Segment, ServiceNote, Side
from services.scope.notes import CALLS_MAY_BE_MISSING, SENT_AGAIN, NoteKind
from services.scope.rules import ClockCheck, Rule, RuleCheck

# Calls that cause segments.
CAUSES = {
    "connect": Rule.CONNECT_THEN_SYN,
    "send": Rule.SEND_THEN_BYTES,
    "shutdown": Rule.CLOSE_THEN_FIN,
    "close": Rule.CLOSE_THEN_FIN,
}
_WAITS = {
    "connect": Rule.ANSWER_THEN_CONNECTED,
    "accept": Rule.ACK_THEN_ACCEPTED,
    "recv": Rule.BYTES_THEN_RECEIVED,
}


class Bound(NamedTuple):
    """One rule on one call: `slack_ns` is the time between call and segment; the rule holds if it is not negative."""

    rule: Rule
    side: Side
    call: str
    slack_ns: int
    causes: bool  # the call is first, not the segment
    seen_ns: int  # when the segment was seen


def bounds(conversation: Conversation) -> list[Bound]:
    """Evaluate the rules on each call to which they apply."""
    by_frame = {segment.frame: segment for segment in conversation.segments}
    return [bound for call in conversation.calls for bound in _bound_call(conversation, call, by_frame)]


def clock_of(found: list[Bound], side: Side) -> ClockCheck:
    """Bound the clock of one side's host."""
    least = [-bound.slack_ns for bound in found if bound.side == side and bound.causes]
    most = [bound.slack_ns for bound in found if bound.side == side and not bound.causes]
    return ClockCheck(side, max(least, default=None), min(most, default=None))


def check(conversation: Conversation) -> None:
    """Put the checks into a conversation: a rule for all of its calls, and each end's clock, which is then assumed.

    Left out is what a missing packet can have broken.
    """
    found = bounds(conversation)
    doubtful = _find_doubtful(conversation, found)
    sure = [bound for bound in found if bound not in doubtful]
    broken = {bound.rule for bound in sure if bound.slack_ns < 0}
    unjudged = {bound.rule for bound in doubtful} - broken
    of_rule: dict[Rule, list[Bound]] = {}
    for bound in sure:
        of_rule.setdefault(bound.rule, []).append(bound)
    conversation.checks = [_check_rule(rule, of_it) for rule, of_it in of_rule.items() if rule not in unjudged]
    for side in SIDES:
        clock, whole = clock_of(sure, side), clock_of(found, side)
        # What is doubtful may be right all the same: as long as all of it fits together it is the best guess.
        conversation.ahead_ns[side] = (whole if whole.is_possible else clock).likely_ns
        if (clock.least_ns, clock.most_ns) != (None, None):
            conversation.checks.append(clock)


def withhold(conversation: Conversation) -> None:
    """Take back that a rule is broken, or that clocks differ, where calls may be missing; note what is not judged.

    Without the record of a shutdown(), say, its FIN is taken for that of the close() which came later.
    """
    if not CALLS_MAY_BE_MISSING.isdisjoint(conversation.kinds):
        conversation.checks = [found for found in conversation.checks if found.holds]
    judged = {found.rule for found in conversation.checks if isinstance(found, RuleCheck)}
    unjudged = {bound.rule for bound in bounds(conversation)} - judged
    if unjudged and NoteKind.UNJUDGED not in conversation.kinds:
        conversation.notes.append(Note(NoteKind.UNJUDGED, len(unjudged)))


def _find_doubtful(conversation: Conversation, found: list[Bound]) -> set[Bound]:
    """Return those that are broken, but perhaps by a packet that is missing.

    A call that caused segments began before all of them: without one that is missing the first is later, which breaks
    nothing. But a call that waited for it is taken to have waited for its repetition, or for what came next, when it
    had returned already. Packets are missing that a tap has lost, and those before a capture that began too late.
    """
    broken = [bound for bound in found if not bound.causes and bound.slack_ns < 0]
    missing_since_ns = _find_missing_since_ns(conversation)
    doubtful = {bound for bound in broken if missing_since_ns is not None and bound.seen_ns >= missing_since_ns}
    if broken and NoteKind.NO_HANDSHAKE in conversation.kinds:
        begun_ns = {side: min(segment.seen_ns(side) for segment in conversation.segments) for side in SIDES}
        doubtful |= {bound for bound in broken if bound.seen_ns + bound.slack_ns < begun_ns[bound.side]}
    return doubtful


def _find_missing_since_ns(conversation: Conversation) -> int | None:
    """Return from when on packets may be missing that a tap has lost; None where none are."""
    lost = (note for note in conversation.notes if note.kind is NoteKind.PACKETS_LOST and isinstance(note, ServiceNote))
    return min((note.since_ns or 0 for note in lost), default=None)


def _bound_call(conversation: Conversation, joined: JoinedCall, by_frame: dict[int, Segment]) -> Iterator[Bound]:
    call = joined.call
    segments = [conversation.segments[index] for index in joined.segments]
    caused = [segment.seen_ns(joined.side) for segment in segments if segment.sender == joined.side]
    awaited = [_came_ns(segment, joined.side, by_frame) for segment in segments if segment.sender != joined.side]
    if caused:
        first_ns = min(caused)
        yield Bound(CAUSES[call.call], joined.side, call.call, first_ns - call.t0_ns, causes=True, seen_ns=first_ns)
    if awaited and call.errno != "EPIPE":  # which may also be this side's own shutdown(), with the RST still to come
        rule = _WAITS.get(call.call, Rule.RST_THEN_ERROR)
        if call.errno not in (None, "ECONNREFUSED"):
            rule = Rule.RST_THEN_ERROR
        if call.call == "recv" and call.bytes == 0:
            rule = Rule.FIN_THEN_END
        last_ns = max(awaited)
        yield Bound(rule, joined.side, call.call, call.latest_ns - last_ns, causes=False, seen_ns=last_ns)


def _came_ns(segment: Segment, side: Side, by_frame: dict[int, Segment]) -> int:
    """Return when a side saw a segment; where that repeats another one, which may have come, when it saw that.

    An ACK that the network has lost looks like data that it has lost: the same segment is sent again. Nobody knows then
    which of the two a call waited for.
    """
    seen_ns = segment.seen_ns(side)
    for note in segment.notes:
        first = by_frame.get(note.number) if note.kind in SENT_AGAIN and note.number is not None else None
        if first is not None and first.lost is None:
            seen_ns = min(seen_ns, first.seen_ns(side))
    return seen_ns


def _check_rule(rule: Rule, found: list[Bound]) -> RuleCheck:
    closest = min(found, key=lambda bound: bound.slack_ns)
    broken = [bound for bound in found if bound.slack_ns < 0]
    return RuleCheck(rule, closest.side, closest.call, closest.slack_ns, len(broken), len(found))
