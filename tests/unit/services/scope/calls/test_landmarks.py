"""Where a conversation's landmarks are."""

from services.scope.calls.landmarks import Landmarks
from services.scope.notes import NoteKind
from services.scope.tcp.follow import Follower
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.points.ladders import lossy
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, capture, decoded, followed


def landmarks(spoken: Talk) -> Landmarks:
    """Return those of a talk."""
    (conversation,) = followed(spoken)
    return Landmarks(conversation)


def test_the_handshake_is_found() -> None:
    """SYN, SYN,ACK, and the first ACK of that."""
    found = landmarks(session())
    assert (found.of["client"].syns, found.syn_ack, found.third_ack) == ([0], 1, 2)


def test_the_fin_is_the_byte_behind_the_last() -> None:
    """In both directions, and is carried like one."""
    found = landmarks(session())
    assert (found.of["client"].fin, found.of["server"].fin) == (5, 5)
    assert (found.of["client"].sent.owners(5, 6), found.of["server"].delivered.owners(5, 6)) == ([7], [8])


def test_a_segment_that_was_lost_delivered_nothing() -> None:
    """Its bytes were sent first by it, and delivered by the one that repeats them."""
    found = landmarks(talk("a_segment_is_sent_again_after_a_time_out")).of["client"]
    assert (found.sent.owners(0, 100), found.delivered.owners(0, 100)) == ([3], [4])


def test_a_segment_that_is_repeated_for_nothing_delivers_nothing() -> None:
    """The peer had acknowledged it before."""
    found = landmarks(talk("a_segment_is_sent_again_after_its_ack")).of["client"]
    assert found.delivered.owners(0, 100) == [3]


def test_a_probe_sends_nothing() -> None:
    """Its byte will be sent again, when there is room."""
    assert landmarks(talk("a_byte_probes_a_closed_window")).of["client"].sent.owners(100, 101) == []


def test_an_rst_that_ends_a_connection_is_told_from_one_that_answers() -> None:
    """The first acknowledges."""
    assert landmarks(talk("a_close_leaves_data_unread")).of["server"].aborts == [5]
    assert landmarks(talk("the_server_knows_of_no_connection")).of["server"].aborts == []
    assert landmarks(talk("the_server_knows_of_no_connection")).of["server"].rsts == [4]


def test_without_a_syn_there_are_no_offsets() -> None:
    """The first byte captured has some number."""
    spoken = Talk()
    spoken.client("PSH ACK", 500, 1, 5)
    assert not landmarks(spoken).has_offsets
    assert landmarks(session()).has_offsets


def test_a_copy_carries_nothing() -> None:
    """Its bytes were carried by what it is a copy of."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.copied()
    found = landmarks(spoken).of["client"]
    assert (found.sent.owners(0, 5), found.delivered.owners(0, 5)) == ([3], [3])


def test_what_is_known_to_be_lost_delivers_nothing() -> None:
    """Its bytes came with a later one, also where the peer seems to have acknowledged them before."""
    conversation = lossy()
    for segment in conversation.segments[4:6]:
        segment.seq = 100
    assert Landmarks(conversation).of["client"].delivered.owners(0, 5) == []
    assert Landmarks(lossy()).of["client"].delivered.owners(0, 5) == [5]


def test_what_is_sent_again_for_nothing_delivers_nothing() -> None:
    """Also where neither the first nor its ACK is among the segments that were kept of a long conversation."""
    spoken = Talk(identified=True)
    spoken.handshake()
    for nth in range(10):
        spoken.client("PSH ACK", 1 + 5 * nth, 1, 5)
        spoken.server("ACK", 1, 6 + 5 * nth)
    spoken.client("PSH ACK", 41, 1, 5, after_ms=300)
    for _ in range(4):
        spoken.server("ACK", 1, 51)
    follower = Follower(max_segments=10)
    for packet in decoded(capture(spoken.packets)):
        follower.feed(packet)
    (conversation,) = follower.drain()
    assert NoteKind.SPURIOUS_RETRANSMISSION in conversation.segments[5].kinds
    assert Landmarks(conversation).of["client"].delivered.owners(40, 45) == []
