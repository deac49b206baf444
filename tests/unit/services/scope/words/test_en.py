"""The phrases in English."""

from services.scope.model import Note, Outcome
from services.scope.notes import NoteKind
from services.scope.words.en import PHRASES
from services.scope.words.words import Words


def test_outcomes_are_called_as_the_contract_has_them() -> None:
    """The JSON and the ladder use the same words."""
    assert PHRASES.outcomes == {outcome: outcome.value for outcome in Outcome}


def test_numbers_stand_where_they_are_read() -> None:
    """A frame, a count, or nothing where none is known."""
    words = Words("en")
    assert words.note(Note(NoteKind.RETRANSMISSION, 7)) == "retransmission of #7"
    assert words.note(Note(NoteKind.RETRANSMISSION)) == "retransmission"
    assert words.note(Note(NoteKind.DUPLICATE_ACK, 3)) == "duplicate ACK #3"
    assert words.note(Note(NoteKind.GSO, 45)) == "GSO: 45 segments"
    assert words.note(Note(NoteKind.NOT_KEPT, 12)) == "12 segments in the middle not kept"
