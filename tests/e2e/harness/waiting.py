"""Waiting for a condition, with a deadline: the only place where these tests pass time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# From one question to the next: short beside a container's start (300 ms), long beside a question to the engine, for
# which all tests share the processors (3 ms). What has taken long already is asked for less often.
_POLL_S, _POLL_PART, _POLL_AT_MOST_S = 0.05, 0.05, 0.2

# Waited for in full only where a test fails: a busy machine is slow, not wrong.
_WITHIN_S = 60


class NeverHappened(AssertionError):
    """What was waited for did not come true in time."""

    def __init__(self, what: str, within_s: float) -> None:
        super().__init__(f"not within {within_s:g} s: {what}")


def wait_until(condition: Callable[[], T], what: str, within_s: float = _WITHIN_S) -> T:
    """Ask until the answer is true, and return it; raise NeverHappened after `within_s`."""
    begun_s = time.monotonic()
    while not (answer := condition()):
        waited_s = time.monotonic() - begun_s
        if waited_s >= within_s:
            raise NeverHappened(what, within_s)
        time.sleep(min(max(_POLL_S, waited_s * _POLL_PART), _POLL_AT_MOST_S))
    return answer
