"""A conversation of which some segments are known to be lost."""

from services.scope.model import Outcome, State
from services.scope.tcp.track import Pair
from services.scope.vantage.track import LossyTrack
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import Talk, capture, decoded


def tracked(talk: Talk, *lost: int) -> LossyTrack:
    """Return the track of a talk of which the packets with these numbers, from 1, were lost."""
    packets = decoded(capture(talk.packets))
    track = LossyTrack(Pair(packets[0].source, packets[0].destination), packets[0], 4096, reused=False)
    for packet in packets:
        from_client = packet.source == packets[0].source
        (track.add_lost if packet.frame in lost else track.add)(packet, from_client=from_client)
    return track


def test_a_lost_syn_ack_opens_nothing() -> None:
    """The client goes on asking."""
    talk = Talk()
    talk.client("SYN", 0)
    talk.server("SYN ACK", 0, 1)
    conversation = tracked(talk, 2).finish()
    last = conversation.segments[-1]
    assert (last.client_state, last.server_state) == (State.SYN_SENT, State.SYN_RECEIVED)
    assert conversation.outcome is Outcome.UNANSWERED


def test_a_lost_last_ack_closes_nothing() -> None:
    """The server waits for it."""
    conversation = tracked(session(), 10).finish()
    assert conversation.segments[-1].server_state is State.LAST_ACK
    assert conversation.outcome is Outcome.OPEN


def test_a_lost_rst_closes_its_senders_end() -> None:
    """The other end knows nothing of it."""
    talk = Talk()
    talk.handshake()
    talk.client("RST ACK", 1, 1)
    last = tracked(talk, 4).finish().segments[-1]
    assert (last.client_state, last.server_state) == (State.CLOSED, State.ESTABLISHED)


def test_without_a_loss_it_is_a_track() -> None:
    """The same states and notes."""
    conversation = tracked(session()).finish()
    assert [one.server_state for one in conversation.segments][-3:] == [
        State.CLOSE_WAIT,
        State.LAST_ACK,
        State.CLOSED,
    ]
