"""What taps have lost, noted on conversations of that time."""

import pytest

from services.scope.live.tap_losses import TapLosses
from services.scope.model import ServiceNote
from services.scope.notes import NoteKind
from services.scope.words.words import Words
from shared.pcap import Lost
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import followed

(WHOLE,) = followed(session())
BEGIN_NS, END_NS = WHOLE.segments[0].t_ns, WHOLE.segments[-1].t_ns


def lost_notes(*losses: tuple[str, Lost], skip: int = 0) -> list[ServiceNote]:
    """Return what a session is told to miss, of which the first packets may not have been captured."""
    missed = TapLosses()
    for tap, lost in losses:
        missed.add(tap, lost)
    talk = session()
    del talk.packets[:skip]
    (conversation,) = followed(talk)
    missed.mark(conversation)
    return [note for note in conversation.notes if isinstance(note, ServiceNote)]


def test_a_conversation_says_what_each_tap_lost_meanwhile() -> None:
    """Once for each tap, in both languages."""
    losses = [("host-1", Lost(2, BEGIN_NS, BEGIN_NS)), ("host-2", Lost(1, END_NS, END_NS + 9))]
    notes = lost_notes(*losses, ("host-1", Lost(5, END_NS, END_NS)))
    assert [(note.kind, note.subject, note.number, note.since_ns) for note in notes] == [
        (NoteKind.PACKETS_LOST, "host-1", 7, BEGIN_NS),
        (NoteKind.PACKETS_LOST, "host-2", 1, END_NS),
    ]
    assert Words("en").note(notes[0]) == (
        "7 packets were lost by the tap at host-1 meanwhile: some may be missing here"
    )
    assert "host-1" in Words("zh").note(notes[0])


@pytest.mark.parametrize("lost", [Lost(1, 0, BEGIN_NS - 1), Lost(1, END_NS + 1, END_NS + 2)], ids=["before", "after"])
def test_what_was_lost_at_another_time_is_not_its(lost: Lost) -> None:
    """A whole conversation lacks nothing of it."""
    assert lost_notes(("host-1", lost)) == []


def test_a_conversation_without_a_handshake_may_have_lost_it_just_before() -> None:
    """Its first packet is not the first that it had."""
    lost = ("host-1", Lost(3, BEGIN_NS - 10, BEGIN_NS - 5))
    assert [note.number for note in lost_notes(lost, skip=3)] == [3]


def test_all_that_was_lost_is_counted() -> None:
    """However many losses are kept."""
    missed = TapLosses()
    for _ in range(200):
        missed.add("host-1", Lost(2, 5, 6))
    assert missed.packets == 400
