"""When two conversations go the same way."""

from dataclasses import replace

import pytest

from services.scope.ladder.shape import shape
from services.scope.model import Conversation, Note, Outcome, State
from services.scope.notes import NoteKind
from services.scope.vantages import Loss, LossPlace
from shared.calls import Call
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import quiet
from tests.unit.services.scope.harness.wire import MILLISECOND_NS


def made() -> Conversation:
    """Return the session, anew."""
    return joined(session(), session_calls())


def test_the_same_again_has_the_same_shape() -> None:
    """Whatever the numbers are."""
    assert shape(made()) == shape(made())


@pytest.mark.parametrize("late_ms", [0.3, 0.8, 3.0])
def test_the_schedulers_choice_is_no_part_of_it(late_ms: float) -> None:
    """accept() may return before connect() does, or long after."""

    def later(call: Call) -> Call:
        return replace(call, t1_ns=call.t1_ns + int(late_ms * MILLISECOND_NS)) if call.call == "accept" else call

    assert shape(joined(session(), map(later, session_calls()))) == shape(made())


def test_a_call_that_fails_is_another_shape() -> None:
    """Its errno is news."""
    conversation = made()
    last = conversation.calls[-1]
    last.call = replace(last.call, errno="ECONNRESET")
    assert shape(conversation) != shape(made())


def test_a_call_that_is_not_there_is_another_shape() -> None:
    """On either side."""
    conversation = made()
    del conversation.calls[-1]
    assert shape(conversation) != shape(made())


def test_a_state_is_part_of_it() -> None:
    """Of either end, after each segment."""
    conversation = made()
    conversation.segments[-1].server_state = State.CLOSING
    assert shape(conversation) != shape(made())


def test_a_note_is_part_of_it_but_not_its_number() -> None:
    """That a segment was sent again is news; which it was is not."""
    first, second = made(), made()
    first.segments[3].notes.append(Note(NoteKind.RETRANSMISSION, 3))
    second.segments[3].notes.append(Note(NoteKind.RETRANSMISSION, 300))
    assert shape(first) == shape(second) != shape(made())


def test_the_outcome_and_the_notes_on_the_whole_are_part_of_it() -> None:
    """They stand above and below the ladder."""
    reset, noted = made(), made()
    reset.outcome = Outcome.RESET
    noted.notes.append(Note(NoteKind.NO_HANDSHAKE))
    assert len({shape(made()), shape(reset), shape(noted)}) == 3


def test_a_loss_is_another_shape() -> None:
    """So a conversation with one is drawn, and not called like another."""
    conversation = quiet()
    before = shape(conversation)
    conversation.segments[5].lost = Loss(LossPlace.AFTER_ARRIVAL, "rack")
    assert shape(conversation) != before
