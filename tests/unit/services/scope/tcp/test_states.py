"""The states of both ends after each segment."""

import pytest

from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import MSS, Talk, followed, segments, states

OPENED = [("SYN-SENT", "LISTEN"), ("ESTABLISHED", "SYN-RECEIVED"), ("ESTABLISHED", "ESTABLISHED")]


@pytest.fixture
def spoken() -> Talk:
    """Return a talk that begins with a handshake."""
    begun = Talk()
    begun.handshake()
    return begun


def test_a_handshake_opens_both(spoken: Talk) -> None:
    """The client is established by the SYN,ACK, the server by the ACK."""
    assert states(spoken) == OPENED


def test_only_what_the_listener_will_do_with_a_syn_is_a_guess(spoken: Talk) -> None:
    """Nobody may be listening; after the answer segments tell all."""
    assert [segment.inferred for segment in segments(spoken)] == [True, False, False]


def test_a_teardown_in_four_segments(spoken: Talk) -> None:
    """Whoever closes first ends in TIME-WAIT, the other in CLOSED."""
    spoken.client("FIN ACK", 1, 1)
    spoken.server("ACK", 1, 2)
    spoken.server("FIN ACK", 1, 2)
    spoken.client("ACK", 2, 2)
    assert states(spoken)[3:] == [
        ("FIN-WAIT-1", "CLOSE-WAIT"),
        ("FIN-WAIT-2", "CLOSE-WAIT"),
        ("TIME-WAIT", "LAST-ACK"),
        ("TIME-WAIT", "CLOSED"),
    ]


def test_a_teardown_in_three_segments(spoken: Talk) -> None:
    """The FIN that carries the ACK takes the first closer from FIN-WAIT-1 to TIME-WAIT."""
    spoken.server("FIN ACK", 1, 1)
    spoken.client("FIN ACK", 1, 2)
    spoken.server("ACK", 2, 2)
    assert states(spoken)[3:] == [("CLOSE-WAIT", "FIN-WAIT-1"), ("LAST-ACK", "TIME-WAIT"), ("CLOSED", "TIME-WAIT")]


def test_a_half_close_lets_data_flow_on(spoken: Talk) -> None:
    """Data after the FIN change no state."""
    spoken.client("FIN ACK", 1, 1)
    spoken.server("PSH ACK", 1, 2, 5)
    spoken.client("ACK", 2, 6)
    assert states(spoken)[3:] == [("FIN-WAIT-1", "CLOSE-WAIT")] + [("FIN-WAIT-2", "CLOSE-WAIT")] * 2


def test_a_simultaneous_close_goes_through_closing(spoken: Talk) -> None:
    """Neither FIN acknowledges the other, so the server had not taken the client's when it sent its own."""
    spoken.client("FIN ACK", 1, 1)
    spoken.server("FIN ACK", 1, 1)
    spoken.client("ACK", 2, 2)
    spoken.server("ACK", 2, 2)
    assert states(spoken)[3:] == [
        ("FIN-WAIT-1", "ESTABLISHED"),
        ("CLOSING", "CLOSING"),
        ("CLOSING", "TIME-WAIT"),
        ("TIME-WAIT", "TIME-WAIT"),
    ]


def test_a_refused_client_was_never_listened_to() -> None:
    """The RST tells what the state of the server's end had been all the time."""
    assert states(talk("nobody_listens")) == [("SYN-SENT", "CLOSED"), ("CLOSED", "CLOSED")]
    assert not any(segment.inferred for segment in segments(talk("nobody_listens")))


def test_a_reset_closes_both(spoken: Talk) -> None:
    """RST leaves no TIME-WAIT."""
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("RST ACK", 1, 6)
    assert states(spoken)[-1] == ("CLOSED", "CLOSED")


@pytest.mark.parametrize("flags", ["RST", "RST ACK", "SYN RST", "SYN RST ACK", "SYN FIN RST ACK", "FIN", ""])
def test_a_senseless_beginning_is_followed(flags: str) -> None:
    """No combination of control bits is too much."""
    spoken = Talk()
    spoken.client(flags, 0, 1)
    spoken.server(flags, 0, 1)
    assert sum(len(conversation.segments) for conversation in followed(spoken)) == 2


def test_an_old_reset_is_not_taken(spoken: Talk) -> None:
    """Its number is one that the receiver has acknowledged."""
    spoken.server("PSH ACK", 1, 1, 100)
    spoken.client("ACK", 1, 101)
    spoken.server("RST", 50)
    assert states(spoken)[-1] == ("ESTABLISHED", "CLOSED")


def test_a_simultaneous_open_connects() -> None:
    """Each SYN takes the other end from SYN-SENT to SYN-RECEIVED."""
    spoken = Talk()
    spoken.client("SYN", 0, options=MSS)
    spoken.server("SYN", 0, options=MSS)
    spoken.client("SYN ACK", 0, 1, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    assert states(spoken)[1:] == [
        ("SYN-RECEIVED", "SYN-RECEIVED"),
        ("SYN-RECEIVED", "ESTABLISHED"),
        ("ESTABLISHED", "ESTABLISHED"),
    ]


def test_a_server_that_repeats_its_syn_ack_has_not_taken_the_last_ack(spoken: Talk) -> None:
    """Its accept queue was full: until it sends anything else it stays in SYN-RECEIVED, as a guess."""
    spoken.server("SYN ACK", 0, 1, options=MSS, after_ms=1000)
    spoken.client("ACK", 1, 1)
    spoken.server("ACK", 1, 1)
    doubted = segments(spoken)[3:]
    assert [segment.server_state for segment in doubted] == ["SYN-RECEIVED", "SYN-RECEIVED", "ESTABLISHED"]
    assert [segment.inferred for segment in doubted] == [True, True, False]


def test_a_fin_beyond_a_gap_waits(spoken: Talk) -> None:
    """The receiver is in CLOSE-WAIT when the missing segment has come."""
    spoken.client("ACK", 1, 1, 100)
    spoken.client("FIN ACK", 201, 1)
    spoken.client("ACK", 101, 1, 100)
    assert [server for _, server in states(spoken)[-2:]] == ["ESTABLISHED", "CLOSE-WAIT"]


def test_a_fin_that_was_acknowledged_was_taken(spoken: Talk) -> None:
    """A gap in the capture is no gap at the receiver."""
    spoken.client("ACK", 1, 1, 100)
    spoken.client("FIN ACK", 201, 1)
    spoken.server("ACK", 1, 202)
    assert states(spoken)[-1] == ("FIN-WAIT-2", "CLOSE-WAIT")


def test_states_in_the_middle_are_a_guess_until_both_are_closed() -> None:
    """Nobody saw the handshake, or which FIN may have been before."""
    spoken = Talk()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("RST", 1)
    assert [segment.inferred for segment in segments(spoken)] == [True, False]
    assert states(spoken)[0] == ("ESTABLISHED", "ESTABLISHED")
