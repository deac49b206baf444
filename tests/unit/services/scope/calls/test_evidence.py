"""What the kernel said, against what the segments tell."""

from services.scope.model import Conversation, Side, State, StateNote
from services.scope.notes import NoteKind
from services.scope.words.words import Words
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import seen_at_both
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, Talk


def states(conversation: Conversation, side: Side) -> list[State]:
    """Return one side's states."""
    return [segment.state_of(side) for segment in conversation.segments]


def dropped_fin() -> Talk:
    """Return a talk whose FIN at 4 ms passes the capture, and no further; it is sent again at 304 ms."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1)
    spoken.client("FIN ACK", 1, 1, after_ms=300)
    spoken.server("FIN ACK", 1, 2, after_ms=100)
    return spoken


def test_what_agrees_changes_nothing() -> None:
    """TIME-WAIT is CLOSED for a socket of Linux."""
    conversation = joined(session(), session_calls())
    assert states(conversation, "client")[-3:] == ["FIN-WAIT-1", "TIME-WAIT", "TIME-WAIT"]
    assert conversation.notes == []


def test_an_end_that_has_not_come_as_far_is_set_back() -> None:
    """From where segments were thought to have brought it there, until its kernel says that they have."""
    made = [
        call("server", "send", 99, 100, (0, 5)),
        call("server", "recv", 350, 351, (0, 0), state="CLOSE-WAIT"),
    ]
    conversation = joined(dropped_fin(), made)
    assert states(conversation, "server") == [
        "LISTEN",
        "SYN-RECEIVED",
        "ESTABLISHED",
        "ESTABLISHED",
        "CLOSE-WAIT",
        "LAST-ACK",
    ]
    told = [note for segment in conversation.segments for note in segment.notes if note.kind == NoteKind.BY_TCP_INFO]
    assert told == [
        StateNote(NoteKind.BY_TCP_INFO, side="server", state=State.ESTABLISHED),
        StateNote(NoteKind.BY_TCP_INFO, side="server", state=State.CLOSE_WAIT),
    ]
    assert [Words("en").note(note) for note in conversation.notes] == [
        "after send() the server's kernel says ESTABLISHED, where segments tell CLOSE-WAIT: corrected from #4 on",
        "after recv() the server's kernel says CLOSE-WAIT, where segments tell ESTABLISHED: corrected from #5 on",
    ]


def test_an_end_that_has_come_further_is_set_forward() -> None:
    """shutdown() takes effect at once, though the FIN waits behind data for which there is no room."""
    spoken = talk("linux_probes_a_closed_window")
    conversation = joined(spoken, [call("client", "shutdown", 50, 60, state="FIN-WAIT-1")])
    assert states(conversation, "client")[-3:] == ["ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-1"]


def test_a_program_that_is_held_up_before_it_asks_is_no_contradiction() -> None:
    """send() returned at 4 ms; when its kernel was asked, before the next call, the server had closed: 104 ms later."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("ACK", 1, 1, 5)
    spoken.server("FIN ACK", 1, 6, after_ms=100)
    made = [
        call("client", "send", 3.5, 4, (0, 5), state="CLOSE-WAIT"),
        call("client", "recv", 200, 201, (0, 0), state="CLOSE-WAIT"),
    ]
    conversation = joined(spoken, made)
    assert states(conversation, "client")[-2:] == ["ESTABLISHED", "CLOSE-WAIT"]
    assert NoteKind.CORRECTED not in conversation.kinds


def test_what_comes_after_the_next_call_is_no_excuse() -> None:
    """By the time of its next call the kernel had been asked: the FIN that came later is not what it told of."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("ACK", 1, 1, 5)
    spoken.server("FIN ACK", 1, 6, after_ms=100)
    made = [
        call("client", "send", 3.5, 4, (0, 5), state="CLOSE-WAIT"),
        call("client", "recv", 20, 201, (0, 0), state="CLOSE-WAIT"),
    ]
    assert NoteKind.CORRECTED in joined(spoken, made).kinds


def test_a_segment_on_its_way_is_no_contradiction() -> None:
    """The FIN at 8 ms may reach the server after the call that returned at 8.5 ms."""
    assert joined(session(), [call("server", "recv", 3, 8.5, (0, 5))]).notes == []


def test_a_clock_that_is_ahead_is_set_back_first() -> None:
    """By what the rules say of it: the states agree at the time it really was."""
    made = [call("client", "connect", 100.9, 102.1), call("client", "shutdown", 107.9, 108.1, state="FIN-WAIT-1")]
    assert joined(session(), made).notes == []


def test_a_listeners_state_is_not_the_connections() -> None:
    """Nor is that of a socket that is not connected yet."""
    made = [call("client", "socket", 500, 501, state="CLOSED"), call("server", "accept", 500, 501)]
    conversation = joined(dropped_fin(), made)
    assert State.LISTEN not in {note.state for note in conversation.notes if isinstance(note, StateNote)}


def test_what_has_left_the_peer_and_not_arrived_has_changed_nothing() -> None:
    """The server's FIN is on its way for 200 ms: until then the client's kernel rightly says ESTABLISHED."""
    spoken = Talk()
    spoken.handshake()
    spoken.server("FIN ACK", 1, 1, after_ms=300)
    spoken.client("ACK", 1, 2, after_ms=401)
    calls = [call("client", "connect", -199.5, 202.5), call("client", "send", 400, 400.1, (0, 5))]
    conversation = seen_at_both(spoken, calls, one_way_ns=200 * MILLISECOND_NS)
    assert NoteKind.CORRECTED not in conversation.kinds
    assert conversation.segments[3].client_state == State.CLOSE_WAIT
