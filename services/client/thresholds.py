"""Whether a load was good enough: its figures, or those of many merged, against the thresholds that were set."""

from dataclasses import dataclass
from enum import StrEnum

EXIT_THRESHOLD_MISSED = 99

# Achieved of what was asked for: the last messages of a window may be sent, or come back, just after it.
KEPT = 0.99

# Kinds of error in which bytes came back that should not have: no error rate makes these good.
WRONG_BYTES = frozenset({"mismatch", "reordered", "surplus"})


class Limit(StrEnum):
    """The settings that hold a threshold."""

    P99 = "max_p99_us"
    ERROR_RATE = "max_error_rate"
    RATE = "min_rate"


@dataclass(frozen=True)
class Thresholds:
    """What is allowed, or asked for; None where nothing was said."""

    max_p99_us: float | None = None
    max_error_rate: float | None = None
    min_rate: float | None = None


@dataclass(frozen=True)
class Figures:
    """What was measured: messages due and verified, errors, the latency's 99th percentile, messages a second."""

    due: int
    verified: int
    errors: int
    p99_us: int
    rate: float

    @property
    def failed(self) -> int:
        """Messages that were due and did not come back; errors, where there are more: a connection that was refused."""
        return max(self.due - self.verified, self.errors)

    @property
    def error_rate(self) -> float:
        """What failed, as a share of it and of what was verified."""
        return self.failed / (self.failed + self.verified) if self.failed else 0.0


@dataclass(frozen=True)
class Miss:
    """A threshold that was missed; `found` is None where no message came back, so that there is no latency."""

    limit: Limit
    found: float | None
    allowed: float

    def __str__(self) -> str:
        if self.limit is Limit.P99:
            found = "unknown: no message was verified" if self.found is None else f"{self.found} us"
            return f"the latency's 99th percentile is {found}, {self.allowed:g} us is allowed"
        if self.limit is Limit.ERROR_RATE:
            return f"the error rate is {self.found:.6g}, {self.allowed:g} is allowed"
        return f"the rate is {self.found:.6g} messages/s, {self.allowed:g} is asked for"


def missed(thresholds: Thresholds, figures: Figures) -> list[Miss]:
    """Return each threshold that was missed; where nothing was verified no latency is good enough."""
    found = []
    allowed_us, allowed_rate, asked = thresholds.max_p99_us, thresholds.max_error_rate, thresholds.min_rate
    if allowed_us is not None and (figures.p99_us > allowed_us or not figures.verified):
        found.append(Miss(Limit.P99, figures.p99_us if figures.verified else None, allowed_us))
    if allowed_rate is not None and figures.error_rate > allowed_rate:
        found.append(Miss(Limit.ERROR_RATE, figures.error_rate, allowed_rate))
    if asked is not None and figures.rate < asked:
        found.append(Miss(Limit.RATE, figures.rate, asked))
    return found


def is_step_met(thresholds: Thresholds, figures: Figures, rate: float) -> bool:
    """Return whether a step kept its rate and the thresholds; without an allowed error rate no message may fail."""
    tolerated = thresholds.max_error_rate is not None or not figures.failed
    return figures.rate >= rate * KEPT and tolerated and not missed(thresholds, figures)
