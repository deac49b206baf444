"""Ranges of bytes and their owners."""

from hypothesis import given
from hypothesis import strategies as st

from services.scope.calls.ranges import Ranges

BYTES = 24


def spans() -> st.SearchStrategy[tuple[int, int]]:
    """Return a range, which may be empty."""
    return st.tuples(st.integers(0, BYTES), st.integers(0, BYTES)).map(lambda span: (min(span), max(span)))


@given(gifts=st.lists(st.tuples(spans(), st.booleans()), max_size=20), asked=spans())
def test_each_byte_has_the_owner_that_it_was_given(
    gifts: list[tuple[tuple[int, int], bool]], asked: tuple[int, int]
) -> None:
    """Byte by byte: the last to be given it, or, of what was free, the first."""
    ranges, owners = Ranges(), dict[int, int]()
    for owner, ((start, end), only_free) in enumerate(gifts):
        if only_free:
            ranges.give_free(start, end, owner)
            owners = dict.fromkeys(range(start, end), owner) | owners
        else:
            ranges.give(start, end, owner)
            owners |= dict.fromkeys(range(start, end), owner)
    assert ranges.owners(*asked) == sorted({owners[byte] for byte in range(*asked) if byte in owners})
