"""The states where the capture has not all of a handshake, or an RST that was not taken."""

import pytest

from services.scope.model import Outcome, State
from tests.unit.services.scope.harness.wire import MSS, Talk, followed, segments, states
from tests.unit.services.scope.tcp.test_states import OPENED


@pytest.fixture
def spoken() -> Talk:
    """Return a talk that begins with a handshake."""
    begun = Talk()
    begun.handshake()
    return begun


def test_a_syn_sent_again_after_its_answer_is_still_a_question() -> None:
    """The SYN,ACK was captured, and lost; whoever acknowledges the next one is established."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("SYN", 0, options=MSS, after_ms=1000)
    spoken.client("ACK", 1, 1)
    assert states(spoken)[2:] == [("SYN-SENT", "SYN-RECEIVED"), ("ESTABLISHED", "ESTABLISHED")]


def test_a_second_syn_ack_that_answers_a_second_syn_is_no_doubt() -> None:
    """The server has taken the third ACK: it only answered what came before that."""
    again = Talk()
    again.client("SYN", 0, options=MSS)
    again.server("SYN ACK", 0, 1, options=MSS)
    again.client("SYN", 0, options=MSS, after_ms=1000)
    again.client("ACK", 1, 1)
    again.server("SYN ACK", 0, 1, options=MSS)
    assert states(again)[-1] == ("ESTABLISHED", "ESTABLISHED")


def test_without_its_syn_ack_an_ack_tells_that_both_are_established() -> None:
    """The server's is a guess until it says something itself."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.client("ACK", 1, 1)
    spoken.server("PSH ACK", 1, 1, 5)
    assert states(spoken)[1:] == [("ESTABLISHED", "ESTABLISHED")] * 2
    assert [segment.inferred for segment in segments(spoken)] == [True, True, False]


def test_a_syn_that_was_captured_late_changes_nothing() -> None:
    """Its answer came before it."""
    spoken = Talk()
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("SYN", 0, options=MSS)
    spoken.client("ACK", 1, 1)
    assert states(spoken) == [("ESTABLISHED", "SYN-RECEIVED")] * 2 + [("ESTABLISHED", "ESTABLISHED")]


def test_of_one_side_alone_the_states_are_told() -> None:
    """A server that sends data has been acknowledged, whether or not that was captured."""
    spoken = Talk()
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.server("PSH ACK", 1, 1, 5)
    spoken.server("FIN ACK", 6, 9)
    assert states(spoken)[1:] == [("ESTABLISHED", "ESTABLISHED"), ("CLOSE-WAIT", "FIN-WAIT-1")]


def test_an_ack_that_is_not_acceptable_leaves_the_client_in_syn_sent() -> None:
    """A half-open connection (RFC 9293 3.5.1, figure 9): the RST that answers it is no end of the attempt."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.server("ACK", 70_000, -300)
    spoken.client("RST", -300)
    assert states(spoken)[1:] == [("SYN-SENT", "ESTABLISHED"), ("SYN-SENT", "CLOSED")]
    assert followed(spoken)[0].outcome == Outcome.UNANSWERED
    spoken.client("SYN", 0, options=MSS, after_ms=1000)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("ACK", 1, 1)
    assert states(spoken)[3:] == OPENED
    assert len(followed(spoken)) == 1


@pytest.mark.parametrize("old", [-300, 5000, 2_000_000_000])
@pytest.mark.parametrize("kind", ["ACK", "SYN ACK"])
def test_what_an_earlier_connection_says_is_forgotten(old: int, kind: str) -> None:
    """Its numbers may be near this one's, or far: from the refusal on nothing is told of them."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.server(kind, 70_000, old)
    spoken.client("RST", old)
    spoken.client("SYN", 0, options=MSS, after_ms=1000)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("ACK", 1, 1)
    (conversation,) = followed(spoken)
    assert [(segment.client_state, segment.server_state) for segment in conversation.segments[3:]] == OPENED
    assert [segment.notes for segment in conversation.segments[4:]] == [[], []]
    assert [(segment.seq, segment.ack) for segment in conversation.segments[4:]] == [(0, 1), (1, 1)]


def test_an_ack_that_only_looked_like_an_answer_is_taken_back() -> None:
    """Its number was near the SYN's; the RST of the same number tells that the SYN is not answered yet."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.server("ACK", 1, 5000)
    assert states(spoken)[1] == ("ESTABLISHED", "ESTABLISHED")
    spoken.client("RST", 5000)
    assert states(spoken)[1:] == [("SYN-SENT", "ESTABLISHED"), ("SYN-SENT", "CLOSED")]
    assert followed(spoken)[0].outcome == Outcome.UNANSWERED


@pytest.mark.parametrize("flags", ["RST ACK", "RST"])
def test_an_rst_that_does_not_acknowledge_the_syn_is_dropped(flags: str) -> None:
    """In SYN-SENT an acceptable ACK is what makes it one's own (RFC 9293 3.10.7.3)."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.server(flags, -900_000, -1000, window=0)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("ACK", 1, 1)
    assert states(spoken)[1:] == [("SYN-SENT", "LISTEN"), *OPENED[1:]]
    assert segments(spoken)[2].notes == segments(spoken)[3].notes == []
    assert followed(spoken)[0].outcome == Outcome.OPEN


def test_a_syn_sent_again_after_a_refusal_is_another_attempt() -> None:
    """With the same number it is of the same connect()."""
    spoken = Talk()
    for _ in range(2):
        spoken.client("SYN", 0, options=MSS, after_ms=500)
        spoken.server("RST ACK", -900_000, 1, window=0)
    (conversation,) = followed(spoken)
    assert conversation.outcome == Outcome.REFUSED
    assert states(spoken) == [("SYN-SENT", "CLOSED"), ("CLOSED", "CLOSED")] * 2


def test_data_that_was_under_way_when_an_rst_came_is_sent_in_a_state_that_may(spoken: Talk) -> None:
    """Its sender has not taken the RST yet, whatever the capture saw first."""
    spoken.server("RST ACK", 1, 1)
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("RST", 1)
    assert states(spoken)[3:] == [("ESTABLISHED", "CLOSED"), ("ESTABLISHED", "CLOSED"), ("CLOSED", "CLOSED")]
    assert followed(spoken)[0].outcome == Outcome.RESET


def test_a_session_that_lives_on_after_an_rst_was_not_reset(spoken: Talk) -> None:
    """Whoever seems to have sent it goes on: somebody else did."""
    spoken.server("RST", 1)
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("ACK", 1, 6)
    spoken.server("PSH ACK", 1, 6, 5)
    (conversation,) = followed(spoken)
    assert states(spoken)[3:] == [("ESTABLISHED", "ESTABLISHED")] * 4
    assert conversation.outcome == Outcome.OPEN
    assert conversation.segments[3].inferred


def test_a_fin_that_acknowledges_the_other_is_no_simultaneous_close(spoken: Talk) -> None:
    """The capture saw them in the wrong order."""
    spoken.client("FIN ACK", 1, 2)
    spoken.server("FIN ACK", 1, 1)
    assert segments(spoken)[-1].notes == []


def test_what_an_rst_has_closed_stays_closed_once_a_syn_begins_again() -> None:
    """The states before the RST are of the attempt before."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.server("RST ACK", -900_000, 1, window=0)
    spoken.client("SYN", 0, options=MSS, after_ms=500)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("ACK", 1, 1)
    spoken.server("PSH ACK", 1, 1, 5)
    assert states(spoken)[1] == ("CLOSED", "CLOSED")
    assert followed(spoken)[0].outcome == Outcome.OPEN


def test_an_rst_of_the_attempt_before_is_not_undone_by_a_fin_that_comes_again() -> None:
    """Both ends have begun again since: neither goes on after that RST."""
    spoken = Talk(identified=True)
    spoken.client("SYN", 0, options=MSS)
    spoken.server("RST ACK", -900_000, 1, window=0)
    spoken.client("SYN", 0, options=MSS, after_ms=500)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("ACK", 1, 1)
    spoken.server("FIN ACK", 1, 1)
    spoken.client("FIN ACK", 1, 2)
    spoken.server("ACK", 2, 2)
    spoken.client("FIN ACK", 1, 2, after_ms=300)
    assert states(spoken)[1] == ("CLOSED", "CLOSED")
    assert states(spoken)[-1] == ("CLOSED", "TIME-WAIT")


def test_an_end_goes_on_after_an_rst_that_somebody_sent_in_its_name() -> None:
    """Its ACK shows that it has not closed."""
    talk = Talk()
    talk.handshake()
    talk.server("RST", -50)
    talk.client("PSH ACK", 1, 1, 5)
    talk.server("ACK", 1, 6)
    assert [segment.server_state for segment in segments(talk)[3:]] == [State.ESTABLISHED] * 3


def test_a_fin_that_is_captured_after_its_answer_was_the_first() -> None:
    """The answer acknowledges it, so this is no simultaneous close."""
    talk = Talk()
    talk.handshake()
    talk.server("FIN ACK", 1, 2)
    talk.client("FIN ACK", 1, 1)
    talk.client("ACK", 2, 2)
    (conversation,) = followed(talk)
    last = conversation.segments[-1]
    assert (last.client_state, last.server_state) == (State.TIME_WAIT, State.CLOSED)
    assert conversation.outcome == Outcome.CLOSED


def test_a_client_that_acknowledges_what_was_not_captured_was_answered() -> None:
    """Its packets alone are in the capture."""
    talk = Talk()
    talk.client("SYN", 0)
    talk.client("ACK", 1, 1)
    talk.client("PSH ACK", 1, 1, 5)
    (conversation,) = followed(talk)
    assert conversation.outcome == Outcome.OPEN


def test_an_rst_that_acknowledges_more_than_the_syn_refuses_nothing() -> None:
    """RFC 9293 3.10.7.3: the attempt goes on, and is answered."""
    talk = Talk()
    talk.client("SYN", 0)
    talk.server("RST ACK", 0, 5000)
    talk.server("SYN ACK", 0, 1)
    (conversation,) = followed(talk)
    assert [segment.client_state for segment in conversation.segments[1:]] == [State.SYN_SENT, State.ESTABLISHED]
    assert conversation.outcome == Outcome.OPEN


def test_a_late_fin_with_data_leaves_its_sender_where_data_may_be_sent() -> None:
    """It was captured after the other side's FIN, which acknowledges all of it."""
    talk = Talk()
    talk.handshake()
    talk.client("FIN ACK", 1, 4)
    talk.server("FIN ACK", 1, 1, 2)
    (conversation,) = followed(talk)
    assert conversation.segments[-1].server_state == State.CLOSING
