"""When each message of an open loop is due: a function of its number alone, so that nothing drifts or is skipped."""

import math
from fractions import Fraction

_NS = 10**9


class Schedule:
    """Message k of a run is due at `start_ns + k / rate`, and goes to connection `k % connections`.

    Times are CLOCK_MONOTONIC in ns. A connection's j-th message is message `index + j * connections` of the run: a
    queue of messages that are due and not sent is a difference of two counts, whatever its length.
    """

    def __init__(self, rate: float, duration_s: float, connections: int, start_ns: int) -> None:
        self.start_ns = start_ns
        self._connections = connections
        # From the decimals as written: with a binary fraction, 0.1 s at 10 a second would be two messages.
        exact_rate = Fraction(str(rate))
        self.count = math.ceil(exact_rate * Fraction(str(duration_s)))
        period = _NS / exact_rate
        self._numerator, self._denominator = period.numerator, period.denominator

    def cut(self, at_ns: int, least: int) -> None:
        """Let nothing be due after `at_ns`; `least` messages have been begun already."""
        by_then = (at_ns - self.start_ns + 1) * self._denominator
        self.count = min(self.count, max(least, math.ceil(Fraction(by_then, self._numerator))))

    def due_ns(self, number: int) -> int:
        """Return when message `number` of the run is due, exact to the ns."""
        return self.start_ns + number * self._numerator // self._denominator

    def due_on(self, index: int, nth: int) -> int:
        """Return when the `nth` message of connection `index` is due."""
        return self.due_ns(index + nth * self._connections)
