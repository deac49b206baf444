"""Conversations, calls and notices brought together."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.scope.calls.assemble import Assembler
from services.scope.calls.records import Notice
from services.scope.model import Note, Outcome
from services.scope.notes import NoteKind
from shared.calls import Call
from tests.unit.services.scope.harness.calls import CLIENT, SERVER, call, joined, listener, session, session_calls
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import START_NS, followed


def unwatched(t_ns: int = START_NS, peer: str | None = CLIENT) -> Notice:
    """Return a server's notice that it watches a connection no more."""
    return Notice("unwatched", "server", t_ns, SERVER if peer else None, peer, "budget", 64)


def test_a_conversation_without_calls_is_left_alone() -> None:
    """Packets are enough to follow it."""
    conversation = joined(session(), [])
    assert (conversation.calls, conversation.checks, conversation.notes) == ([], [], [])


def test_a_conversation_says_that_it_was_watched_no_more() -> None:
    """What its calls did from then on is not known."""
    assert joined(session(), [unwatched(), *session_calls()]).notes == [unwatched().note()]


def test_a_notice_of_another_time_is_of_another_conversation() -> None:
    """One that had the same addresses."""
    (conversation,) = followed(session())
    assembler = Assembler([unwatched(START_NS + 10**11)])
    assembler.complete(conversation)
    assert conversation.notes == []
    assert assembler.left_over() == ([], [unwatched().note()])


def test_calls_without_packets_are_conversations_without_segments() -> None:
    """Both ends together, with what the listener did."""
    (conversation,) = Assembler(session_calls()).rest()
    assert (str(conversation.client), str(conversation.server)) == (CLIENT, SERVER)
    assert (conversation.outcome, conversation.notes) == (Outcome.NOT_CAPTURED, [Note(NoteKind.NOT_CAPTURED)])
    assert [one.call.call for one in conversation.calls][:3] == ["bind", "listen", "accept"]
    assert not any(one.segments for one in conversation.calls)


def test_what_is_of_no_conversation_is_left_over() -> None:
    """A listener to which nobody came, a notice without names."""
    assembler = Assembler([*listener("0.0.0.0:6000"), unwatched(peer=None), call("client", "connect", 1, 2)])
    assert len(list(assembler.rest())) == 1
    calls, notices = assembler.left_over()
    assert [made.call for made in calls] == ["bind", "listen"]
    assert notices == [unwatched(peer=None).note()]


def strange_calls() -> st.SearchStrategy[Call]:
    """Return records that fit the contract, and no connection."""
    number = st.none() | st.integers(-10, 200)
    return st.builds(
        lambda side, name, at_ms, moved, errno, state: replace(
            call(side, name, at_ms, at_ms + 1, errno=errno, state=state), offset=moved[0], bytes=moved[1]
        ),
        st.sampled_from(["client", "server"]),
        st.sampled_from(["bind", "listen", "connect", "accept", "send", "recv", "shutdown", "close", "poll"]),
        st.floats(-5, 500),
        st.tuples(number, number),
        st.sampled_from([None, "ECONNRESET", "ECONNREFUSED", "EPIPE", "EBADF"]),
        st.sampled_from([None, "ESTABLISHED", "CLOSED", "LISTEN", "SYN-SENT", "LAST-ACK", "ASLEEP"]),
    )


@given(name=st.sampled_from(sorted(TALKS)), calls=st.lists(strange_calls(), max_size=12))
def test_no_call_is_too_strange(name: str, calls: list[Call]) -> None:
    """Records come from outside: whatever they claim, they are there, with indexes of segments that there are.

    But for what became of a listener when a conversation was over.
    """
    conversations = followed(talk(name))
    assembler = Assembler(calls)
    for conversation in conversations:
        assembler.complete(conversation)
        assert all(0 <= index < len(conversation.segments) for one in conversation.calls for index in one.segments)
    shown = {one.call for conversation in [*conversations, *assembler.rest()] for one in conversation.calls}
    missing = set(calls) - shown - set(assembler.left_over()[0])
    assert all(one.t0_ns > conversations[0].segments[-1].t_ns for one in missing)
