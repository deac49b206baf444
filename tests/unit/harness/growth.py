"""How much work a function makes: counted, and not timed, so that a busy machine changes nothing."""

import sys
from collections.abc import Callable
from typing import Any


def work_of(function: Callable[[], object]) -> int:
    """Return how many functions are called, Python's and C's, while this one runs."""
    count = 0

    def on_event(_: Any, event: str, __: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def grows_linearly(make: Callable[[int], Callable[[], object]], size: int) -> bool:
    """Tell whether four times as much takes hardly more than four times the work; sixteen, where it is quadratic."""
    return work_of(make(4 * size)) < 6 * work_of(make(size))
