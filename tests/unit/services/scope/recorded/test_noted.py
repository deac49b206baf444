"""The notes of a ladder's JSON."""

import orjson
import pytest
from pydantic import ValidationError

from services.scope.model import Note, State, StateNote
from services.scope.notes import NoteKind
from services.scope.recorded.noted import Noted


def test_notes_come_from_their_facts() -> None:
    """What the texts say counts for nothing."""
    found = Noted.model_validate({"notes": ["anything"], "facts": [{"kind": "retransmission", "number": 7}]})
    assert found._found == [Note(NoteKind.RETRANSMISSION, 7)]  # noqa: SLF001 - what its heirs use


def test_a_state_note_has_side_and_state() -> None:
    """As the scope makes them."""
    fact = {"kind": "by-tcp-info", "side": "client", "state": "CLOSED"}
    found = Noted.model_validate_json(orjson.dumps({"notes": [""], "facts": [fact]}))
    assert found._found == [StateNote(NoteKind.BY_TCP_INFO, side="client", state=State.CLOSED)]  # noqa: SLF001


def test_a_note_without_a_fact_is_refused() -> None:
    """It may be of an older scope."""
    with pytest.raises(ValidationError, match="each note needs a fact"):
        Noted.model_validate({"notes": ["anything"], "facts": []})
