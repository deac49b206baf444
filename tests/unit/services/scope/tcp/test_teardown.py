"""The ends of connections."""

import pytest

from services.scope.model import Note
from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, segments


def test_a_fin_after_the_ack_carries_none() -> None:
    """Four segments: the ACK had gone before."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1)
    spoken.server("ACK", 1, 2)
    spoken.server("FIN ACK", 1, 2)
    assert segments(spoken)[-1].notes == []


def test_a_second_fin_is_remarked_on_once() -> None:
    """Sent again it is a retransmission, and no news."""
    spoken = talk("a_fin_carries_the_ack")
    spoken.server("FIN ACK", 1, 2, after_ms=210)
    assert segments(spoken)[-1].notes == [Note(NoteKind.RETRANSMISSION, 5)]


@pytest.mark.parametrize(("length", "note"), [(0, NoteKind.RST_ABORTED), (5, NoteKind.RST_UNREAD_OR_ABORTED)])
def test_only_what_was_sent_can_be_unread(length: int, note: NoteKind) -> None:
    """Without data from the peer a reset has another reason; its FIN is not data."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1, length)
    spoken.server("ACK", 1, 2 + length)
    spoken.server("RST ACK", 1, 2 + length)
    assert segments(spoken)[-1].notes == [Note(note)]
