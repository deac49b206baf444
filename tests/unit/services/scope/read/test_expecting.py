"""What is expected of conversations, and where it is missed."""

import pytest

from services.scope.model import Note, Outcome
from services.scope.notes import SENT_AGAIN, NoteKind
from services.scope.read.expecting import Expectations, Expected, Missed
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, followed


def missed(expectations: Expectations, spoken: Talk) -> list[Missed]:
    """Return what a talk, the third conversation, misses."""
    (conversation,) = followed(spoken)
    return list(expectations.missed_by(3, conversation))


def reset_twice() -> Talk:
    """Return a talk that ends with two RSTs."""
    spoken = Talk()
    spoken.handshake()
    spoken.server("RST ACK", 1, 1)
    spoken.server("RST", 1)
    return spoken


def test_nothing_is_missed_where_all_is_as_expected() -> None:
    """Each limit is kept."""
    expectations = Expectations(
        frozenset({Outcome.CLOSED}), frozenset({NoteKind.ZERO_WINDOW, Outcome.RESET}), 1000, 1000, 1
    )
    assert missed(expectations, session()) == []
    assert list(expectations.missed_by_all(1)) == []


def test_another_end_is_told_with_where_it_was() -> None:
    """The last packet."""
    (one,) = missed(Expectations(frozenset({Outcome.CLOSED})), talk("nobody_listens"))
    assert (one.expected, one.conversation, one.frame, one.outcome) == (Expected.OUTCOME, 3, 2, Outcome.REFUSED)


def test_what_is_forbidden_is_told_once_for_each_kind() -> None:
    """Where it was first, and how many more there are."""
    (one,) = missed(Expectations(forbidden=frozenset({Outcome.RESET})), reset_twice())
    assert (one.frame, one.more, one.outcome) == (4, 1, Outcome.RESET)


def test_a_forbidden_note_is_told_itself() -> None:
    """With its own number."""
    (one,) = missed(Expectations(forbidden=SENT_AGAIN), talk("a_segment_is_sent_again_after_duplicate_acks"))
    assert one.note is not None
    assert one.note.kind in SENT_AGAIN


def test_a_forbidden_end_needs_no_note() -> None:
    """Nobody answered."""
    spoken = Talk()
    spoken.client("SYN", 0)
    (one,) = missed(Expectations(forbidden=frozenset({Outcome.UNANSWERED})), spoken)
    assert one.outcome == Outcome.UNANSWERED


def test_a_note_on_the_whole_is_forbidden_as_well() -> None:
    """It has no place."""
    spoken = Talk()
    spoken.client("PSH ACK", 1, 1, 5)
    (one,) = missed(Expectations(forbidden=frozenset({NoteKind.NO_HANDSHAKE})), spoken)
    assert (one.note, one.frame) == (Note(NoteKind.NO_HANDSHAKE), None)


@pytest.mark.parametrize(("limit_ms", "frames"), [(2, []), (1.9, [3])])
def test_a_handshake_takes_from_the_first_syn_to_the_ack(limit_ms: float, frames: list[int]) -> None:
    """A millisecond each way."""
    assert [one.frame for one in missed(Expectations(max_handshake_ms=limit_ms), reset_twice())] == frames


def test_a_handshake_that_does_not_end_is_too_long() -> None:
    """Whatever the limit."""
    (one,) = missed(Expectations(max_handshake_ms=1e9), talk("nobody_listens"))
    assert one.took_ns is None


def test_of_a_handshake_that_was_not_captured_nothing_is_said() -> None:
    """It may have been as fast as any."""
    spoken = Talk()
    spoken.client("PSH ACK", 1, 1, 5)
    assert missed(Expectations(max_handshake_ms=1), spoken) == []


def test_a_conversation_takes_from_its_first_packet_to_its_last() -> None:
    """Four milliseconds here."""
    assert missed(Expectations(max_duration_ms=4), reset_twice()) == []
    (one,) = missed(Expectations(max_duration_ms=3), reset_twice())
    assert (one.took_ns, one.frame) == (4_000_000, 5)


def test_how_many_there_are_is_told_of_all() -> None:
    """More and less is another number."""
    (one,) = Expectations(conversations=2).missed_by_all(3)
    assert (one.expected, one.count, one.conversation) == (Expected.CONVERSATIONS, 3, None)
