"""The shelf: the newest conversations, in bounded memory."""

from services.scope.model import Outcome
from services.scope.notes import NAMES, NoteKind
from services.scope.page.shelf import Filter, Kept, Shelf
from services.scope.vantages import Loss, LossPlace
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.points.ladders import quiet
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import followed

(_SESSION,) = followed(session())


def test_the_oldest_goes_first() -> None:
    """Numbers are never given twice."""
    shelf = Shelf(2)
    assert [shelf.add(_SESSION, {}).id for _ in range(3)] == [1, 2, 3]
    assert [kept.id for kept in shelf.newest(Filter())] == [3, 2]
    assert [kept.id for kept in shelf] == [2, 3]
    assert shelf.get(1) is None


def test_a_number_of_another_run_is_no_ones() -> None:
    """After a restart numbers begin again: who asks for one of before must not be given another conversation."""
    before, after = Shelf(2), Shelf(2)
    run = before.add(_SESSION, {}).run
    newer = after.add(_SESSION, {})
    assert (newer.id, newer.row()["run"]) == (1, newer.run)
    assert after.get(1) is after.get(1, newer.run) is newer
    assert after.get(1, run) is None


def test_segments_are_bounded_whatever_the_number() -> None:
    """Long conversations are fewer; the newest is always there."""
    shelf = Shelf(100, max_segments=2 * len(_SESSION.segments))
    for _ in range(5):
        shelf.add(_SESSION, {})
    assert len(shelf) == 2
    small = Shelf(100, max_segments=1)
    small.add(_SESSION, {})
    assert len(small) == 1


def test_a_name_is_of_one_kind() -> None:
    """So that an address says one thing."""
    assert len(set(NAMES.values())) == len(NoteKind)
    assert NAMES[NoteKind.ZERO_WINDOW] == "zero-window"


def test_a_filter_takes_all_that_it_does_not_exclude() -> None:
    """Everything, or what has the outcome."""
    shelf = Shelf(9)
    shelf.add(_SESSION, {})
    shelf.add(followed(talk("a_syn_is_sent_again"))[0], {})
    assert [kept.id for kept in shelf.newest(Filter())] == [2, 1]
    assert [kept.id for kept in shelf.newest(Filter(outcome=Outcome.UNANSWERED))] == [2]
    assert [kept.id for kept in shelf.newest(Filter(limit=1))] == [2]


def test_a_loss_is_unusual() -> None:
    """Also that of an ACK, after which nothing is sent again."""
    conversation = quiet()
    assert not Kept(1, conversation, {}).row()["unusual"]
    conversation.segments[6].lost = Loss(LossPlace.AFTER_ARRIVAL, "rack")
    assert Kept(1, conversation, {}).row()["unusual"]
