"""Messages without an answer: all are counted, and none is said to have waited longer than it did."""

from hypothesis import given
from hypothesis import strategies as st

from services.client.load.results.unanswered import Unanswered

END_NS = 10**12


@given(st.lists(st.tuples(st.integers(0, END_NS), st.integers(1, 5)), max_size=50))
def test_each_has_waited_since_it_was_due(due: list[tuple[int, int]]) -> None:
    """Few of them are told to the microsecond, rounded down."""
    unanswered = Unanswered()
    for due_ns, count in due:
        unanswered.add(due_ns, count)
    waits = sorted(unanswered.waits_us(END_NS).elements())
    exact = sorted((END_NS - due_ns) / 1000 for due_ns, count in due for _ in range(count))
    assert unanswered.count == len(waits) == len(exact)
    assert all(lower <= wait and wait - lower <= 2 for lower, wait in zip(waits, exact, strict=True))


def test_many_times_are_kept_in_bounded_memory() -> None:
    """A hundred thousand different ones become fewer, each still a lower bound, and near it."""
    unanswered = Unanswered()
    for second in range(100_000):
        unanswered.add(second * 10**7)
    waits = unanswered.waits_us(END_NS)
    assert len(waits) <= 20_000
    assert waits.total() == unanswered.count == 100_000
    least, greatest = min(waits), max(waits)
    assert 0 <= least <= 10_000
    assert 0.99 * END_NS / 1000 <= greatest <= END_NS / 1000


def test_a_range_is_counted_whole_however_long_it_is() -> None:
    """Millions that were due at their own times take as long as some thousands."""
    unanswered = Unanswered()
    unanswered.add_range(10, 5_000_010, lambda number: number * 100)
    waits = unanswered.waits_us(END_NS)
    assert waits.total() == unanswered.count == 5_000_000
    assert min(waits) == (END_NS - 5_000_009 * 100) // 1000
    assert max(waits) <= (END_NS - 10 * 100) // 1000
    assert len(waits) <= 5_000


def test_an_empty_range_is_nothing() -> None:
    """Whoever sent everything has nothing to add."""
    unanswered = Unanswered()
    unanswered.add_range(7, 7, lambda number: number)
    assert (unanswered.count, unanswered.waits_us(END_NS)) == (0, {})
