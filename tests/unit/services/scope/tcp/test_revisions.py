"""Evidence in the place of guesses."""

from services.scope.model import State
from services.scope.tcp.revisions import revise, revise_refused, revise_reset, revise_simultaneous, revise_unaccepted
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, segments


def test_evidence_replaces_a_guess_for_as_long_as_it_lasts() -> None:
    """What segments told later stands, and so does the other end's state."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("FIN ACK", 6, 1)
    found = segments(spoken)
    revise(found, 2, "server", State.SYN_RECEIVED)
    assert [segment.server_state for segment in found[1:]] == ["SYN-RECEIVED"] * 3 + ["CLOSE-WAIT"]
    assert found[3].client_state == State.ESTABLISHED


def test_a_refusal_tells_what_was_before() -> None:
    """Back to the last answer, and no further."""
    found = segments(talk("a_syn_is_sent_again"))
    revise_refused(found)
    assert [(segment.server_state, segment.inferred) for segment in found] == [(State.CLOSED, False)] * 2


def test_a_reset_that_was_not_taken_is_taken_back_from_its_segment_on() -> None:
    """Of the side that goes on."""
    found = segments(talk("a_connection_is_aborted"))
    revise_reset(found, 4, "server", State.ESTABLISHED)
    assert (found[-1].client_state, found[-1].server_state) == (State.CLOSED, State.ESTABLISHED)


def test_a_fin_that_was_not_taken_yet_left_its_receiver_established() -> None:
    """Until its own FIN."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1)
    found = segments(spoken)
    revise_simultaneous(found, "server")
    assert found[-1].server_state == State.ESTABLISHED


def test_an_answer_that_was_refused_was_none() -> None:
    """The state that it was taken to tell is what it was before."""
    spoken = Talk()
    spoken.handshake()
    found = segments(spoken)
    revise_unaccepted(found, "client")
    assert [segment.client_state for segment in found] == [State.SYN_SENT] * 3
