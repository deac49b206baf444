"""The remarks on segments and conversations."""

import re

from services.scope import notes
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import Talk, followed


def test_every_remark_on_a_segment_is_made_of_some_talk() -> None:
    """None is only promised."""
    constants = {text for name, text in vars(notes).items() if name.isupper()}
    of_conversations = {notes.NO_HANDSHAKE, notes.SCALE_UNKNOWN, notes.NOT_KEPT, notes.NOT_CAPTURED}
    of_calls = {notes.BY_TCP_INFO}
    made = {
        re.sub(r"( of)? #\d+|: \d+ segments", "", note)
        for name in TALKS
        for conversation in followed(talk(name))
        for segment in conversation.segments
        for note in segment.notes
    }
    assert constants - of_conversations - of_calls == made


def test_a_capture_from_the_middle_is_remarked_on() -> None:
    """Numbers begin where the capture does, and windows are as on the wire."""
    spoken = Talk()
    spoken.client("PSH ACK", 5001, 301, 5)
    (conversation,) = followed(spoken)
    assert conversation.notes == [notes.NO_HANDSHAKE, notes.SCALE_UNKNOWN]


def test_numbers_stand_where_they_are_read() -> None:
    """Texts with a number are made in one place."""
    assert notes.retransmission(notes.RETRANSMISSION, 7) == "retransmission of #7"
    assert notes.retransmission(notes.RETRANSMISSION, None) == "retransmission"
    assert notes.duplicate_ack(3) == "duplicate ACK #3"
    assert notes.gso(45) == "GSO: 45 segments"
    assert notes.by_tcp_info("server", "ESTABLISHED") == "server ESTABLISHED by TCP_INFO"
    assert notes.not_kept(12) == "12 segments in the middle not kept"
