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


def finished() -> Talk:
    """Return a talk in which the client has finished, and the server has acknowledged it."""
    spoken = Talk()
    spoken.handshake()
    spoken.server("PSH ACK", 1, 1, 5)
    spoken.client("ACK", 1, 6)
    spoken.client("FIN ACK", 1, 6)
    spoken.server("ACK", 6, 2)
    return spoken


def test_after_a_fin_without_data_an_rst_is_not_for_data() -> None:
    """Nothing has come that nobody could read: with ACK it gives up, without it knows of no connection."""
    spoken = finished()
    spoken.client("RST ACK", 2, 6)
    spoken.client("RST", 2)
    assert [segment.notes for segment in segments(spoken)[-2:]] == [
        [Note(NoteKind.RST_ABORTED)],
        [Note(NoteKind.RST_NO_CONNECTION)],
    ]


def test_data_after_a_half_close_that_was_acknowledged_found_somebody() -> None:
    """So the RST is for another reason."""
    spoken = finished()
    spoken.server("PSH ACK", 6, 2, 5)
    spoken.client("ACK", 2, 11)
    spoken.client("RST ACK", 2, 11)
    assert segments(spoken)[-1].notes == [Note(NoteKind.RST_UNREAD_OR_ABORTED)]


def test_data_after_a_close_found_nobody() -> None:
    """It was not acknowledged, and the RST answers it."""
    spoken = finished()
    spoken.server("PSH ACK", 6, 2, 5)
    spoken.client("RST", 2)
    assert segments(spoken)[-1].notes == [Note(NoteKind.RST_AFTER_CLOSE)]
