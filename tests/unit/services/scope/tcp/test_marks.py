"""The marks on segments, one talk each."""

import pytest

from services.scope.model import Note
from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import Talk, followed, segments


@pytest.mark.parametrize("name", TALKS)
def test_the_last_segment_has_its_notes(name: str) -> None:
    """Each thing that can happen is told, and nothing else with it."""
    assert followed(talk(name))[-1].segments[-1].notes == TALKS[name][1]


def test_an_ordinary_session_has_no_notes_but_that_of_its_teardown() -> None:
    """What is as it should be needs no remark."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("ACK", 1, 6)
    spoken.server("PSH ACK", 1, 6, 5)
    spoken.client("ACK", 6, 6)
    spoken.client("FIN ACK", 6, 6)
    spoken.server("ACK", 6, 7, after_ms=40)
    spoken.server("FIN ACK", 6, 7)
    spoken.client("ACK", 7, 7)
    assert [segment.notes for segment in segments(spoken)] == [[]] * 11


def test_what_was_sent_first_is_named_by_a_second_retransmission_too() -> None:
    """A number that was sent three times has one original."""
    spoken = talk("a_segment_is_sent_again_after_a_time_out")
    spoken.client("PSH ACK", 1, 1, 100, after_ms=420)
    assert segments(spoken)[-1].notes == [Note(NoteKind.RETRANSMISSION, 4)]


def test_the_whole_of_a_large_packet_is_the_original_of_its_part() -> None:
    """One packet of many segments (GSO) was sent; one of the segments is sent again."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 4 * 1460)
    spoken.client("PSH ACK", 1461, 1, 1460, after_ms=210)
    assert segments(spoken)[-1].notes == [Note(NoteKind.RETRANSMISSION, 4)]
