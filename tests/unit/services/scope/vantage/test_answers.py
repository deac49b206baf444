"""What a receiver acknowledged."""

import pytest

from services.scope.vantage.answers import Answer, Answers

ANSWERS = Answers(
    [
        Answer(300, 11, (), 111),
        Answer(100, 1, (), 101),
        Answer(200, 1, ((21, 31),), 101),
        Answer(400, 31, ((11, 21),), 131),
        Answer(500, 11, (), 111),
    ]
)


@pytest.mark.parametrize(
    ("begin", "end", "t_ns"), [(0, 1, 100), (1, 11, 300), (21, 31, 200), (21, 26, 200), (11, 21, 400), (31, 41, None)]
)
def test_numbers_are_acknowledged_by_what_covers_them(begin: int, end: int, t_ns: int | None) -> None:
    """All before the acknowledgement, and each block of SACK."""
    assert ANSWERS.covers_ns(begin, end) == t_ns


@pytest.mark.parametrize(("before_ns", "expected_ns"), [(100, None), (101, 100), (300, 200), (301, 300), (999, 400)])
def test_the_latest_is_the_last_that_acknowledges_most(before_ns: int, expected_ns: int | None) -> None:
    """Of those before a time; one that came late acknowledges less."""
    found = ANSWERS.latest(before_ns)
    assert (found and found.t_ns) == expected_ns


def test_a_duplicate_is_reported_in_the_first_block() -> None:
    """Below the acknowledgement, or inside of the second block."""
    assert ANSWERS.has_duplicate(11, 21, 400)
    assert not ANSWERS.has_duplicate(11, 21, 401)
    assert not ANSWERS.has_duplicate(21, 31, 0)
    assert Answers([Answer(5, 1, ((41, 51), (31, 61)), 99)]).has_duplicate(41, 51, 0)
