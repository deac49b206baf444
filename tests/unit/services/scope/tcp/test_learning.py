"""What the handshake tells."""

from services.scope.model import Note
from services.scope.notes import NoteKind
from services.scope.tcp.flow import Flow
from services.scope.tcp.learning import learn, learn_rtt
from tests.unit.services.scope.harness.wire import MSS, SCALE_7, Talk, capture, decoded, followed, segments


def test_a_syn_sent_again_without_the_option_loses_no_scale() -> None:
    """What the SYN,ACK answers has had it: it would not have one itself otherwise."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS + SCALE_7)
    spoken.client("SYN", 0, options=MSS, after_ms=1000)
    spoken.server("SYN ACK", 0, 1, options=MSS + SCALE_7)
    spoken.client("ACK", 1, 1)
    assert segments(spoken)[-1].window == 500 << 7


def test_a_syn_sent_again_after_its_answer_decides_nothing() -> None:
    """Both have agreed already."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS + SCALE_7)
    spoken.server("SYN ACK", 0, 1, options=MSS + SCALE_7)
    spoken.client("SYN", 0, options=MSS, after_ms=1000)
    spoken.client("ACK", 1, 1)
    spoken.server("ACK", 1, 1)
    assert [segment.window for segment in segments(spoken)[3:]] == [500 << 7] * 2


def test_a_syn_captured_late_tells_its_scale() -> None:
    """And nothing is left to be unknown."""
    spoken = Talk()
    spoken.server("SYN ACK", 0, 1, options=MSS + SCALE_7)
    assert followed(spoken)[0].notes == [Note(NoteKind.SCALE_UNKNOWN)]
    spoken.client("SYN", 0, options=MSS + SCALE_7)
    spoken.client("ACK", 1, 1)
    (conversation,) = followed(spoken)
    assert conversation.notes == []
    assert conversation.segments[-1].window == 500 << 7


def test_numbers_begin_at_the_syn() -> None:
    """Of the other side, at what it acknowledges."""
    (packet,) = decoded(capture(_answer().packets))
    flow, other = Flow(), Flow()
    learn(flow, other, packet)
    assert (flow.base, other.base, flow.mss) == (900_000, 1000, 1460)


def test_the_round_trip_is_from_the_syn_to_the_ack() -> None:
    """Where no SYN was seen it is not known."""
    flow, other = Flow(), Flow()
    learn_rtt(flow, other, 7)
    assert flow.first_rtt_ns is None
    other.syn_t_ns = 5
    learn_rtt(flow, other, 7)
    assert flow.first_rtt_ns == other.first_rtt_ns == 2


def _answer() -> Talk:
    spoken = Talk()
    spoken.server("SYN ACK", 0, 1, options=MSS)
    return spoken
