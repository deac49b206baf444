"""The causal rules between calls and segments, evaluated on a conversation.

A call begins before what it causes, and returns after what it waits for: never violated in 400 connections measured. A
conversation's two ends may be on two hosts: the same rules bound how far each one's clock is from the capture's.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.scope.model import Check, Conversation, JoinedCall, Side

_CAUSES = {
    "connect": "connect.t0 <= first SYN",
    "send": "send.t0 <= first segment with its bytes",
    "shutdown": "shutdown.t0, close.t0 <= own FIN or RST",
    "close": "shutdown.t0, close.t0 <= own FIN or RST",
}
_WAITS = {
    "connect": "SYN,ACK or RST <= connect.t1",
    "accept": "ACK of the server's SYN <= accept.t1",
    "recv": "last segment with its bytes <= recv.t1",
}
_WAITS_FOR_FIN = "peer's FIN <= t1 of recv() = 0"
_WAITS_FOR_RST = "RST <= t1 of ECONNRESET"


class Bound(NamedTuple):
    """One rule on one call: it holds if `slack_ns` is not negative, the time that is left between the two."""

    rule: str
    side: Side
    call: str
    slack_ns: int
    causes: bool  # the call is first, not the segment


class Offset(NamedTuple):
    """How far a host's clock can be ahead of the capture's; None where nothing bounds it."""

    least_ns: int | None
    most_ns: int | None

    @property
    def is_possible(self) -> bool:
        """Whether any constant offset explains all that was seen."""
        return self.least_ns is None or self.most_ns is None or self.least_ns <= self.most_ns

    @property
    def allows_none(self) -> bool:
        """Whether both can be the same clock."""
        return (self.least_ns or 0) <= 0 <= (self.most_ns or 0)

    @property
    def likely_ns(self) -> int:
        """What to take it for: nothing, unless that is impossible."""
        if self.allows_none or not self.is_possible:
            return 0
        bounds = [bound for bound in self if bound is not None]
        return sum(bounds) // len(bounds)

    def __str__(self) -> str:
        if self.least_ns is None:
            return "unknown" if self.most_ns is None else f"at most {_us(self.most_ns)} ahead of the capture's"
        if self.most_ns is None:
            return f"at least {_us(self.least_ns)} ahead of the capture's"
        between = f"between {_us(self.least_ns)} and {_us(self.most_ns)} ahead of the capture's"
        return between if self.is_possible else f"{between}: impossible for one that runs evenly"


def bounds(conversation: Conversation) -> list[Bound]:
    """Evaluate the rules on each call to which they apply."""
    return [bound for call in conversation.calls for bound in _of_call(conversation, call)]


def offset(found: list[Bound], side: Side) -> Offset:
    """Bound the clock of one side's host."""
    least = [-bound.slack_ns for bound in found if bound.side == side and bound.causes]
    most = [bound.slack_ns for bound in found if bound.side == side and not bound.causes]
    return Offset(max(least, default=None), min(most, default=None))


def check(conversation: Conversation, found: list[Bound]) -> None:
    """Put the checks into a conversation: a rule for all of its calls, and each end's clock."""
    of_rule: dict[str, list[Bound]] = {}
    for bound in found:
        of_rule.setdefault(bound.rule, []).append(bound)
    conversation.checks = [_rule(rule, of_it) for rule, of_it in of_rule.items()]
    sides: tuple[Side, ...] = ("client", "server")
    for side in sides:
        clock = offset(found, side)
        if clock != (None, None):
            conversation.checks.append(Check(f"{side}'s clock can be the capture's", clock.allows_none, str(clock)))


def _of_call(conversation: Conversation, joined: JoinedCall) -> Iterator[Bound]:
    call = joined.call
    segments = [conversation.segments[index] for index in joined.segments]
    caused = [segment.t_ns for segment in segments if segment.sender == joined.side]
    awaited = [segment.t_ns for segment in segments if segment.sender != joined.side]
    if caused:
        yield Bound(_CAUSES[call.call], joined.side, call.call, min(caused) - call.t0_ns, causes=True)
    if awaited and call.errno != "EPIPE":  # which may also be this side's own shutdown(), with the RST still to come
        rule = _WAITS.get(call.call, _WAITS_FOR_RST) if call.errno in (None, "ECONNREFUSED") else _WAITS_FOR_RST
        if call.call == "recv" and call.bytes == 0:
            rule = _WAITS_FOR_FIN
        yield Bound(rule, joined.side, call.call, call.t1_ns - max(awaited), causes=False)


def _rule(rule: str, found: list[Bound]) -> Check:
    closest = min(found, key=lambda bound: bound.slack_ns)
    broken = sum(bound.slack_ns < 0 for bound in found)
    who = f"{closest.call}() of the {closest.side}"
    if broken:
        return Check(
            rule, holds=False, detail=f"broken by {broken} of {len(found)}, by {_us(-closest.slack_ns)}: {who}"
        )
    of_how_many = f", the closest of {len(found)}" if len(found) > 1 else ""
    return Check(rule, holds=True, detail=f"by {_us(closest.slack_ns)}: {who}{of_how_many}")


def _us(time_ns: int) -> str:
    return f"{time_ns / 1000:.1f} us"
