"""What of a long transfer is shown, and what is told."""

from services.scope.ladder.folding import Fold, Item, fold
from services.scope.ladder.rows import Row, rows
from services.scope.model import Conversation
from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import seen_at_both
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, Talk


def transfer(segments: int, *, again: int | None = None) -> Talk:
    """Return a talk in which the client sends; `again` is the one that it sends twice."""
    spoken = Talk()
    spoken.handshake()
    for number in range(segments):
        spoken.client("ACK", 1 + number * 100, 1, 100)
        spoken.server("ACK", 1, 101 + number * 100)
        if number == again:
            spoken.client("ACK", 1 + number * 100, 1, 100, after_ms=210)
    return spoken


def folded(conversation: Conversation) -> list[Item]:
    """Return its rows, folded."""
    return fold(rows(conversation), conversation)


def folds(items: list[Item]) -> list[Fold]:
    """Return what is folded."""
    return [item for item in items if isinstance(item, Fold)]


def test_a_short_session_is_not_folded() -> None:
    """Every row is there."""
    conversation = joined(session(), session_calls())
    assert folded(conversation) == rows(conversation)


def test_a_fold_and_the_rows_shown_are_the_whole() -> None:
    """No segment is lost, none is there twice; the bytes are counted by their sender."""
    items = folded(joined(transfer(100), []))
    (found,) = folds(items)
    shown = [item.of for item in items if isinstance(item, Row)]
    assert sorted([*shown, *found.segments]) == list(range(203))
    assert found.bytes_from == {"client": 100 * len(found.segments) // 2, "server": 0}


def test_what_is_remarkable_is_shown() -> None:
    """A retransmission in the middle parts the fold in two."""
    conversation = joined(transfer(40, again=20), [])
    items = folded(conversation)
    assert len(folds(items)) == 2
    shown = [conversation.segments[item.of] for item in items if isinstance(item, Row)]
    assert any(NoteKind.SPURIOUS_RETRANSMISSION in segment.kinds for segment in shown)


def test_too_much_that_is_remarkable_is_counted() -> None:
    """Nobody looks through a hundred retransmissions one by one."""
    spoken = transfer(2)
    for _ in range(100):
        spoken.client("ACK", 1, 1, 100, after_ms=210)
    (found,) = folds(folded(joined(spoken, [])))
    assert found.remarks[NoteKind.SPURIOUS_RETRANSMISSION] > 80


def test_the_bar_of_a_call_goes_through_a_fold() -> None:
    """It was entered before, and returns after: both ends are shown."""
    conversation = joined(transfer(100), [call("client", "send", 3.5, 300, (0, 10_000))])
    rows_of_calls = [item.kind for item in folded(conversation) if isinstance(item, Row) and item.kind != "segment"]
    assert rows_of_calls == ["enter", "return"]


def test_calls_within_a_fold_are_counted() -> None:
    """Here, one send() for each segment."""
    calls = [call("client", "send", 3.9 + 2 * n, 4.1 + 2 * n, (100 * n, 100)) for n in range(100)]
    items = folded(joined(transfer(100), calls))
    (found,) = folds(items)
    shown = {item.of for item in items if isinstance(item, Row) and item.kind != "segment"}
    assert found.call_names == {"send": 100 - len(shown)}


def test_a_fold_has_each_segment_whole() -> None:
    """Where a segment's departure is folded its arrival is, too; what left before the fold still arrives."""
    conversation = seen_at_both(transfer(100), one_way_ns=7 * MILLISECOND_NS)
    items = folded(conversation)
    (found,) = folds(items)
    shown = [item for item in items if isinstance(item, Row)]
    left = [row.of for row in shown if row.leaves]
    assert sorted([*left, *found.segments]) == list(range(203))
    assert sorted(row.of for row in shown if row.arrives) == sorted(left)


def test_what_was_lost_is_shown_as_what_is_remarkable() -> None:
    """Too much of it is counted."""
    conversation = seen_at_both(transfer(40), lost=[40])
    assert any(isinstance(item, Row) and item.of == 40 for item in folded(conversation))
    conversation = seen_at_both(transfer(100), lost=range(3, 190))
    assert sum(found.lost for found in folds(folded(conversation))) > 100
