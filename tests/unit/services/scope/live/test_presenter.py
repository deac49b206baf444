"""What is drawn, what is told in a line, and what is only counted."""

from collections.abc import Iterator

import pytest

from services.scope.live.presenter import LADDER_EVERY_S, LINES_A_SECOND, SHAPES, Presenter
from services.scope.live.settings import Show
from services.scope.model import Conversation, Outcome
from tests.unit.harness.facts import Journal
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls

SESSION = joined(session(), session_calls())


class Displayed:
    """Keeps what was shown: the numbers of the drawn, and of the told with the number of their like."""

    def __init__(self, show: Show) -> None:
        self.drawn: list[int] = []
        self.told: list[tuple[int, int | None]] = []
        self.journal = Journal()
        self.presenter = Presenter(self, show, self.journal.log)

    def draw(self, _: Conversation, number: int) -> None:
        """Keep a number."""
        self.drawn.append(number)

    def tell(self, _: Conversation, number: int, like: int | None) -> None:
        """Keep two."""
        self.told.append((number, like))

    def offer(self, *conversations: Conversation, apart_s: float = LADDER_EVERY_S) -> None:
        """Offer one after another."""
        for number, conversation in enumerate(conversations, 1):
            self.presenter.offer(conversation, number, 10.0 + number * apart_s)


def others(count: int) -> Iterator[Conversation]:
    """Give conversations each of which goes another way: in each another call fails."""
    for number in range(count):
        yield joined(session(), [call("client", "send", 1, 2, errno=f"E{number}")])


@pytest.mark.parametrize(
    ("show", "drawn", "told"),
    [("all", [1, 2], []), ("new", [1], [(2, 1)]), ("lines", [], [(1, None), (2, None)]), ("none", [], [])],
)
def test_the_setting_says_what_is_drawn(show: Show, drawn: list[int], told: list[tuple[int, int | None]]) -> None:
    """Of two that go the same way; each counts as shown, as far as it was to be."""
    displayed = Displayed(show)
    displayed.offer(SESSION, SESSION)
    assert (displayed.drawn, displayed.told) == (drawn, told)
    assert displayed.presenter.shown == 2


def test_another_way_is_drawn() -> None:
    """A conversation that ends differently is news."""
    refused = joined(session(), session_calls())
    refused.outcome = Outcome.REFUSED
    displayed = Displayed("new")
    displayed.offer(SESSION, refused, SESSION, refused)
    assert displayed.drawn == [1, 2]
    assert displayed.told == [(3, 1), (4, 2)]


def test_what_has_not_come_for_a_hundred_others_is_new_again() -> None:
    """Nobody remembers it, and the ladder has scrolled away."""
    displayed = Displayed("new")
    displayed.offer(SESSION, *others(SHAPES - 1), SESSION, *others(SHAPES), SESSION)
    assert displayed.told[0] == (SHAPES + 1, 1)
    assert displayed.drawn[-1] == 2 * SHAPES + 2


def test_what_keeps_coming_is_not_drawn_again() -> None:
    """However many others there are in between."""
    displayed = Displayed("new")
    displayed.offer(*(one for other in others(SHAPES + 5) for one in (SESSION, other)))
    assert displayed.drawn.count(1) == 1
    assert all(like == 1 for _, like in displayed.told)


def test_one_ladder_a_second_is_drawn_and_the_others_are_counted() -> None:
    """How many they were is said when it is asked for."""
    displayed = Displayed("all")
    displayed.offer(SESSION, SESSION, SESSION, SESSION, apart_s=LADDER_EVERY_S / 3)
    displayed.presenter.say()
    assert displayed.drawn == [1, 4]
    assert displayed.presenter.passed_over == 2
    lines = displayed.journal.lines()
    assert [(line["event"], line["count"]) for line in lines] == [("conversations_not_shown", 2)]


def test_what_is_new_within_a_second_is_told_and_drawn_the_next_time() -> None:
    """A line does not make it known."""
    new = next(others(1))
    displayed = Displayed("new")
    displayed.offer(SESSION, new, new, apart_s=LADDER_EVERY_S * 0.6)
    assert displayed.told == [(2, None)]
    assert displayed.drawn == [1, 3]


def test_lines_are_no_more_than_can_be_read() -> None:
    """Under load the rest is counted."""
    displayed = Displayed("new")
    displayed.offer(*[SESSION] * (2 * LINES_A_SECOND), apart_s=0.001)
    assert len(displayed.told) == LINES_A_SECOND
    assert displayed.presenter.passed_over == LINES_A_SECOND - 1


def test_nothing_is_said_twice() -> None:
    """Nor of nothing."""
    displayed = Displayed("all")
    displayed.presenter.say()
    displayed.offer(SESSION, SESSION, apart_s=0.1)
    displayed.presenter.say()
    displayed.presenter.say()
    assert len(displayed.journal.lines()) == 1
