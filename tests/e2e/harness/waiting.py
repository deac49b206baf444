"""Waiting for a condition, with a deadline: the only place where these tests pass time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_POLL_S = 0.05  # short beside a container's start (300 ms), long beside a question to the engine (3 ms)

# Waited for in full only where a test fails: a busy machine is slow, not wrong.
_WITHIN_S = 60


class NeverHappened(AssertionError):
    """What was waited for did not come true in time."""

    def __init__(self, what: str, within_s: float) -> None:
        super().__init__(f"not within {within_s:g} s: {what}")


def wait_until(condition: Callable[[], T], what: str, within_s: float = _WITHIN_S) -> T:
    """Ask until the answer is true, and return it; raise NeverHappened after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        if time.monotonic() >= deadline:
            raise NeverHappened(what, within_s)
        time.sleep(_POLL_S)
    return answer
