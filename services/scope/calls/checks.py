"""The causal rules between calls and segments, evaluated on a conversation.

A conversation's two ends may be on two hosts: the same rules bound how far each one's clock is from the capture's.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.scope.model import SIDES, Conversation, JoinedCall, Note, Side
from services.scope.notes import CALLS_MAY_BE_MISSING, NoteKind
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


def bounds(conversation: Conversation) -> list[Bound]:
    """Evaluate the rules on each call to which they apply."""
    return [bound for call in conversation.calls for bound in _bound_call(conversation, call)]


def clock_of(found: list[Bound], side: Side) -> ClockCheck:
    """Bound the clock of one side's host."""
    least = [-bound.slack_ns for bound in found if bound.side == side and bound.causes]
    most = [bound.slack_ns for bound in found if bound.side == side and not bound.causes]
    return ClockCheck(side, max(least, default=None), min(most, default=None))


def check(conversation: Conversation, found: list[Bound]) -> None:
    """Put the checks into a conversation: a rule for all of its calls, and each end's clock."""
    of_rule: dict[Rule, list[Bound]] = {}
    for bound in found:
        of_rule.setdefault(bound.rule, []).append(bound)
    conversation.checks = [_check_rule(rule, of_it) for rule, of_it in of_rule.items()]
    clocks = (clock_of(found, side) for side in SIDES)
    conversation.checks += [clock for clock in clocks if (clock.least_ns, clock.most_ns) != (None, None)]


def withhold(conversation: Conversation) -> None:
    """Take back that a rule is broken, or that clocks differ, where calls may be missing; a note says so instead.

    Without the record of a shutdown(), say, its FIN is taken for that of the close() which came later.
    """
    if CALLS_MAY_BE_MISSING.isdisjoint(conversation.kinds):
        return
    doubtful = sum(1 for found in conversation.checks if isinstance(found, RuleCheck) and not found.holds)
    conversation.checks = [found for found in conversation.checks if found.holds]
    if doubtful and NoteKind.UNJUDGED not in conversation.kinds:
        conversation.notes.append(Note(NoteKind.UNJUDGED, doubtful))


def _bound_call(conversation: Conversation, joined: JoinedCall) -> Iterator[Bound]:
    call = joined.call
    segments = [conversation.segments[index] for index in joined.segments]
    caused = [segment.seen_ns(joined.side) for segment in segments if segment.sender == joined.side]
    awaited = [segment.seen_ns(joined.side) for segment in segments if segment.sender != joined.side]
    if caused:
        yield Bound(CAUSES[call.call], joined.side, call.call, min(caused) - call.t0_ns, causes=True)
    if awaited and call.errno != "EPIPE":  # which may also be this side's own shutdown(), with the RST still to come
        rule = _WAITS.get(call.call, Rule.RST_THEN_ERROR)
        if call.errno not in (None, "ECONNREFUSED"):
            rule = Rule.RST_THEN_ERROR
        if call.call == "recv" and call.bytes == 0:
            rule = Rule.FIN_THEN_END
        yield Bound(rule, joined.side, call.call, call.latest_ns - max(awaited), causes=False)


def _check_rule(rule: Rule, found: list[Bound]) -> RuleCheck:
    closest = min(found, key=lambda bound: bound.slack_ns)
    broken = [bound for bound in found if bound.slack_ns < 0]
    return RuleCheck(rule, closest.side, closest.call, closest.slack_ns, len(broken), len(found))
