"""Waits for events until a message is due, to the microsecond."""

import select
import time

_NS = 10**9

# epoll_wait() counts in ms and rounds up; select() counts in us.
_COARSE_NS = 2_000_000

# The last part of a wait is spent polling. Median lateness with 1 ms between messages, on a machine that
# others used as well: 96 us with select() alone, 43 us without timer slack, 2 us with this on top. Against a message on
# loopback, which takes 25 us at best, 43 us would be most of what is measured. The price, with 100 us between them, was
# 18 % of a core (41 % instead of 23 %).
_SPIN_NS = 50_000

# Smallest timer slack; the default delays wake-ups by up to 50 us (prctl(2), PR_SET_TIMERSLACK).
TIMER_SLACK_NS = 1


def wait(epoll: select.epoll, until_ns: int, max_events: int) -> list[tuple[int, int]]:
    """Return events as soon as there are any, or none at about `until_ns` (CLOCK_MONOTONIC), possibly earlier."""
    left_ns = until_ns - time.monotonic_ns()
    if left_ns > _COARSE_NS:
        # epoll's fractions of a ms are rounded up: a wait of whole ms ends in time.
        return epoll.poll((left_ns - _COARSE_NS // 2) // 1_000_000 / 1000, max_events)
    if left_ns > _SPIN_NS:
        select.select([epoll], [], [], (left_ns - _SPIN_NS) / _NS)
    return epoll.poll(0, max_events)
