"""The remarks on segments and conversations."""

from services.scope.model import Note
from services.scope.notes import OF_SERVICES, NoteKind
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import Talk, followed

OF_CONVERSATIONS = {
    NoteKind.NO_HANDSHAKE,
    NoteKind.SCALE_UNKNOWN,
    NoteKind.NOT_CAPTURED,
    NoteKind.NOT_KEPT,
    NoteKind.COPIES,
    NoteKind.GIVEN_UP,
    NoteKind.OFFSETS_UNKNOWN,
    NoteKind.CORRECTED,
}
# Not in the talks, which tshark reads as well: it takes a copy for a retransmission. See `tcp.copies`.
OF_COPIES = {NoteKind.COPY}
# Of several captures of the same: see `vantage.unseen`.
OF_VANTAGES = {NoteKind.LOST_BEFORE_LEAVING}
OF_CALLS = {NoteKind.TRACED, NoteKind.BEGUN_BEFORE, NoteKind.UNJUDGED, NoteKind.BY_TCP_INFO, *OF_SERVICES}


def test_every_remark_on_a_segment_is_made_of_some_talk() -> None:
    """None is only promised."""
    made = {
        kind
        for name in TALKS
        for conversation in followed(talk(name))
        for segment in conversation.segments
        for kind in segment.kinds
    }
    assert set(NoteKind) - OF_CONVERSATIONS - OF_CALLS - OF_COPIES - OF_VANTAGES == made


def test_a_capture_from_the_middle_is_remarked_on() -> None:
    """Numbers begin where the capture does, and windows are as on the wire."""
    spoken = Talk()
    spoken.client("PSH ACK", 5001, 301, 5)
    (conversation,) = followed(spoken)
    assert conversation.notes == [Note(NoteKind.NO_HANDSHAKE), Note(NoteKind.SCALE_UNKNOWN)]
