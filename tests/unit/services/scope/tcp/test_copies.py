"""What was captured twice, and what only looks like it."""

import pytest

from services.scope.model import Conversation, Note, Outcome, State
from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.wire import MSS, Talk, followed


def one(spoken: Talk) -> Conversation:
    """Return a talk's one conversation."""
    (conversation,) = followed(spoken)
    return conversation


def session(*, twice: bool) -> Talk:
    """Return a session to its end, each packet of which was captured once, or twice."""
    spoken = Talk(identified=True)
    script = [
        (spoken.client, "SYN", 0, 0, 0),
        (spoken.server, "SYN ACK", 0, 1, 0),
        (spoken.client, "ACK", 1, 1, 0),
        (spoken.client, "PSH ACK", 1, 1, 5),
        (spoken.server, "ACK", 1, 6, 0),
        (spoken.server, "PSH ACK", 1, 6, 5),
        (spoken.client, "ACK", 6, 6, 0),
        (spoken.client, "FIN ACK", 6, 6, 0),
        (spoken.server, "FIN ACK", 6, 7, 0),
        (spoken.client, "ACK", 7, 7, 0),
    ]
    for send, flags, seq, ack, length in script:
        send(flags, seq, ack, length, options=MSS if "SYN" in flags else b"")
        if twice:
            spoken.copied()
    return spoken


def test_a_session_captured_twice_is_the_session_captured_once() -> None:
    """The same states, marks and outcome, once the copies are left out; and it is said once."""
    once, twice = one(session(twice=False)), one(session(twice=True))
    sent = [segment for segment in twice.segments if not segment.is_copy]
    assert [(a.client_state, a.server_state, a.notes, a.number) for a in sent] == [
        (b.client_state, b.server_state, b.notes, b.number) for b in once.segments
    ]
    assert twice.outcome == Outcome.CLOSED
    assert twice.notes == [Note(NoteKind.COPIES, 10)]


def test_tsharks_mark_stands_beside_the_copy() -> None:
    """A tool that knows of no copies calls it a retransmission, or a duplicate ACK."""
    copies = [segment for segment in one(session(twice=True)).segments if segment.is_copy]
    assert [segment.notes for segment in copies[2:5]] == [
        [Note(NoteKind.COPY, 5), Note(NoteKind.DUPLICATE_ACK, 1)],
        [Note(NoteKind.COPY, 7), Note(NoteKind.RETRANSMISSION, 7)],
        [Note(NoteKind.COPY, 9), Note(NoteKind.DUPLICATE_ACK, 1)],
    ]


def test_a_refusal_captured_twice_is_a_refusal() -> None:
    """And no reset: the second RST is the first one, behind a router that held it for 40 ms."""
    spoken = Talk(identified=True)
    spoken.client("SYN", 0, options=MSS)
    spoken.copied(after_ms=85, hops=63)
    spoken.server("RST ACK", 0, 1, window=0)
    spoken.copied(after_ms=40, hops=63)
    assert one(spoken).outcome == Outcome.REFUSED


def test_what_is_sent_again_is_no_copy() -> None:
    """It has another identification, however soon it comes."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 1, 1, 5, after_ms=0.05)
    conversation = one(spoken)
    assert not any(segment.is_copy for segment in conversation.segments)
    assert conversation.segments[-1].notes == [Note(NoteKind.RETRANSMISSION, 4)]


def test_what_a_sender_without_identifications_repeats_is_no_copy() -> None:
    """Duplicate ACKs are the same header again and again."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("ACK", 1, 1, 100)
    for _ in range(4):
        spoken.server("ACK", 1, 1, after_ms=0.01)
    conversation = one(spoken)
    assert not any(segment.is_copy for segment in conversation.segments)


@pytest.mark.parametrize(("after_ms", "is_copy"), [(0.1, True), (99, True), (101, False)])
def test_what_comes_later_than_any_copy_is_sent_again(after_ms: float, *, is_copy: bool) -> None:
    """Though the sender may have kept its identification: a time-out is 200 ms and more."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.copied(after_ms=after_ms)
    assert one(spoken).segments[-1].is_copy == is_copy


@pytest.mark.parametrize(("flags", "is_copy"), [("SYN", True), ("ACK", False)])
def test_without_identifications_a_syn_sent_again_at_once_is_a_copy(flags: str, *, is_copy: bool) -> None:
    """Its timer is a second; an ACK may be a duplicate."""
    spoken = Talk()
    if flags == "ACK":
        spoken.handshake()
    else:
        spoken.client("SYN", 0, options=MSS)
    spoken.copied()
    assert one(spoken).segments[-1].is_copy == is_copy


def test_where_copies_are_known_the_time_tells() -> None:
    """IPv6 has no identification: once the SYN came twice, an ACK that does is its copy."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.copied()
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.copied()
    spoken.client("ACK", 1, 1)
    spoken.copied()
    assert [segment.is_copy for segment in one(spoken).segments] == [False, True] * 3


def test_a_copy_with_fewer_hops_is_one_at_any_time() -> None:
    """Whoever sends again begins with as many hops as before."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.copied(after_ms=300, hops=61)
    assert one(spoken).segments[-1].is_copy


def test_a_copy_changes_no_state() -> None:
    """That of a FIN, before the answer."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1)
    spoken.copied()
    last = one(spoken).segments[-1]
    assert (last.client_state, last.server_state) == (State.FIN_WAIT_1, State.CLOSE_WAIT)
