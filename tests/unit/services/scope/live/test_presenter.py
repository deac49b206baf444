"""What is shown, and what is only counted."""

from services.scope.live.presenter import Presenter
from services.scope.model import Conversation, Endpoint
from tests.unit.harness.facts import Journal

CONVERSATION = Conversation(Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2))


def test_one_a_second_is_shown_and_the_others_are_counted() -> None:
    """How many they were is said when it is asked for."""
    shown: list[Conversation] = []
    journal = Journal()
    presenter = Presenter(shown.append, journal.log)
    for now_s in (10.0, 10.1, 10.9, 11.0):
        presenter.offer(CONVERSATION, now_s)
    presenter.say()
    assert len(shown) == presenter.shown == 2
    assert presenter.passed_over == 2
    assert [(line["event"], line["count"]) for line in journal.lines()] == [("conversations_not_shown", 2)]


def test_nothing_is_said_twice() -> None:
    """Nor of nothing."""
    journal = Journal()
    presenter = Presenter(lambda _: None, journal.log)
    presenter.say()
    for now_s in (10.0, 10.1):
        presenter.offer(CONVERSATION, now_s)
    presenter.say()
    presenter.say()
    assert len(journal.lines()) == 1
