"""What the numbers of datagrams tell."""

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.scope.live.incoming.numbers import REORDERED_S, WINDOW, Gap, NumbersSeen

LATER_S = 2 * REORDERED_S


def a_name(begun_s: float = 3600, number: int = 1) -> list[int]:
    """Return the name of a feed that begins so long after the scope."""
    return [time.time_ns() + round(begun_s * 1e9), number]


def datagram(name: list[int], nth: object = None, sent: object = None) -> dict[str, Any]:
    """Return what counts of a datagram."""
    return {"service": "client", "host": "here", "feed": name, "nth": nth, "sent": sent}


def taken(numbers: NumbersSeen, name: list[int], *order: int) -> list[int]:
    """Return which of these numbers are used, in the order in which they come."""
    return [nth for nth in order if numbers.take(datagram(name, nth), 0)]


def lost(numbers: NumbersSeen, now_s: float = LATER_S) -> int:
    """Return how many are certain to be lost by now."""
    return sum(gap.datagrams for gap in numbers.gaps(now_s))


def test_one_after_another_nothing_is_missing() -> None:
    """Each is used."""
    numbers, name = NumbersSeen(), a_name()
    assert taken(numbers, name, *range(1000)) == list(range(1000))
    assert lost(numbers) == 0


def test_a_gap_is_told_once_by_whose_it_is() -> None:
    """When it is no longer to be hoped that the datagram is only late."""
    numbers, name = NumbersSeen(), a_name()
    taken(numbers, name, 0, 1, 4)
    assert numbers.gaps(REORDERED_S / 2) == []
    assert numbers.gaps(LATER_S) == [Gap("client", "here", 2)]
    assert numbers.gaps(LATER_S) == []


def test_what_was_overtaken_is_not_lost() -> None:
    """And is used."""
    numbers, name = NumbersSeen(), a_name()
    assert taken(numbers, name, 0, 3, 1, 2, 4) == [0, 3, 1, 2, 4]
    assert lost(numbers) == 0


def test_what_comes_twice_is_used_once() -> None:
    """At once, or overtaken by others."""
    numbers, name = NumbersSeen(), a_name()
    assert taken(numbers, name, 0, 0, 1, 2, 1, 3, 0) == [0, 1, 2, 3]
    assert lost(numbers) == 0


def test_a_beginning_that_is_missing_is_a_gap() -> None:
    """Of a feed that began after the scope: its first datagram was sent to this one."""
    numbers = NumbersSeen()
    taken(numbers, a_name(), 2)
    assert lost(numbers) == 2


def test_a_scope_that_comes_later_misses_nothing() -> None:
    """What was sent before was not sent to it; it counts from the first that comes."""
    numbers, name = NumbersSeen(), a_name(begun_s=-1)
    assert taken(numbers, name, 7, 8, 10) == [7, 8, 10]
    assert lost(numbers) == 1


def test_a_high_number_is_no_beginning() -> None:
    """The clock of its host is ahead, then."""
    numbers = NumbersSeen()
    taken(numbers, a_name(), WINDOW + 1)
    assert lost(numbers) == 0


def test_the_end_of_a_feed_tells_that_the_last_ones_are_missing() -> None:
    """It is no record itself."""
    numbers, name = NumbersSeen(), a_name()
    taken(numbers, name, 0, 1)
    assert not numbers.take(datagram(name, sent=4), 0)
    assert lost(numbers) == 2


def test_of_a_feed_only_the_end_may_come() -> None:
    """All of it is missing, if the scope was there."""
    numbers = NumbersSeen()
    for begun_s in (3600, -1):
        numbers.take(datagram(a_name(begun_s), sent=6), 0)
    assert lost(numbers) == 6


def test_an_end_that_is_overtaken_by_nothing_tells_nothing() -> None:
    """All that was sent is there."""
    numbers, name = NumbersSeen(), a_name()
    taken(numbers, name, 0, 1)
    numbers.take(datagram(name, sent=2), 0)
    assert lost(numbers) == 0


def test_feeds_do_not_mix() -> None:
    """Two workers have numbers of their own, even if both began in the same nanosecond."""
    numbers, name = NumbersSeen(), a_name()
    other = [name[0], name[1] + 1]
    assert taken(numbers, name, 0, 1) == taken(numbers, other, 0, 1) == [0, 1]


def test_without_numbers_everything_is_used() -> None:
    """A sender of an older version, and what is no number."""
    numbers = NumbersSeen()
    odd: list[dict[str, Any]] = [
        {},
        {"nth": 3},
        {"feed": 1, "nth": 3},
        {"feed": [1], "nth": 3},
        {"feed": [1, True], "nth": 3},
        datagram(a_name(), nth=-1),
        datagram(a_name(), nth=True),
        datagram(a_name(), nth=2**64),
        datagram(a_name(), nth="3"),
    ]
    for found in odd:
        assert numbers.take(found, 0)
        assert numbers.take(found, 0)
    assert lost(numbers) == 0


def test_memory_is_bounded() -> None:
    """However many feeds, and however far a number is from the last: what is beyond the window is lost at once."""
    numbers, name = NumbersSeen(), a_name()
    taken(numbers, name, 0, 2**62)
    assert lost(numbers, 0) == 2**62 - 1 - WINDOW
    for number in range(2000):
        taken(numbers, a_name(number=number), 0, 2)
    assert len(numbers.gaps(LATER_S)) <= 1024
    assert taken(numbers, name, 2**62 + 5) == [2**62 + 5]  # forgotten: as if this scope had begun now
    assert lost(numbers) == 0


@given(
    st.lists(st.booleans(), min_size=1, max_size=400),
    st.lists(st.integers(0, 399), max_size=50),
    st.randoms(use_true_random=False),
)
def test_each_is_used_once_or_lost_once(arrives: list[bool], again: list[int], chance: Any) -> None:
    """Whatever the network loses, doubles, and reorders within the window."""
    came = [nth for nth, does in enumerate(arrives) if does]
    order = came + [nth for nth in again if nth in came]
    delays = [(nth + chance.uniform(0, WINDOW - 1), nth) for nth in order]
    numbers, name = NumbersSeen(), a_name()
    used = taken(numbers, name, *(nth for _, nth in sorted(delays)))
    numbers.take(datagram(name, sent=len(arrives)), 0)
    assert sorted(used) == came
    assert lost(numbers) == len(arrives) - len(came)
