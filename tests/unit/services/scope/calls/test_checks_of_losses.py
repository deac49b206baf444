"""Which rules a packet that a tap has lost can break, and what is said of them."""

from collections.abc import Iterable

import pytest

from services.scope.calls.assemble import Assembler
from services.scope.calls.records import Record
from services.scope.model import Conversation, Note, ServiceNote
from services.scope.notes import NoteKind
from services.scope.rules import ClockCheck, Rule
from shared.calls import Call
from tests.unit.services.scope.calls.test_checks import clocks, rules
from tests.unit.services.scope.harness.calls import call, joined, session
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, START_NS, Talk, followed


def with_losses(spoken: Talk, records: Iterable[Record], since_ms: float | None = 0) -> Conversation:
    """Return a talk's conversation, of which a tap has lost packets since then."""
    (conversation,) = followed(spoken)
    since_ns = None if since_ms is None else START_NS + round(since_ms * MILLISECOND_NS)
    conversation.notes.append(ServiceNote(NoteKind.PACKETS_LOST, 1, service="tap", subject="rack", since_ns=since_ns))
    Assembler(records).complete(conversation)
    return conversation


def repeating(side: str, flags: str, seq: int, ack: int = 0, length: int = 0, *, after: int = 3) -> Talk:
    """Return a talk whose last packet repeats one that was sent 4 ms after its beginning, and that was not captured."""
    spoken = Talk(identified=True)
    spoken.handshake()
    del spoken.packets[after:]
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("ACK", 1, 6)
    del spoken.packets[after:]
    (spoken.client if side == "client" else spoken.server)(flags, seq, ack, length, after_ms=200)
    return spoken


# What a tap captured where one packet is missing, the call that waited for it, and the rule that seems to be broken.
WAITED = [
    (repeating("server", "SYN ACK", 0, 1, after=1), call("client", "connect", 0.9, 2.1), Rule.ANSWER_THEN_CONNECTED),
    (repeating("client", "PSH ACK", 1, 1, 5, after=2), call("server", "accept", 0, 3.1), Rule.ACK_THEN_ACCEPTED),
    (repeating("client", "PSH ACK", 1, 1, 5), call("server", "recv", 3, 4.1, (0, 5)), Rule.BYTES_THEN_RECEIVED),
    (repeating("client", "FIN ACK", 1, 1), call("server", "recv", 3, 4.1, (0, 0)), Rule.FIN_THEN_END),
    (repeating("server", "RST ACK", 1, 1), call("client", "recv", 3, 4.1, errno="ECONNRESET"), Rule.RST_THEN_ERROR),
]


@pytest.mark.parametrize(("spoken", "made", "rule"), WAITED)
def test_a_missing_packet_breaks_a_rule_of_calls_that_waited(spoken: Talk, made: Call, rule: Rule) -> None:
    """They seem to have waited for what came later."""
    assert not rules(joined(spoken, [made]))[rule].holds


@pytest.mark.parametrize("since_ms", [0, 150, None])
@pytest.mark.parametrize(("spoken", "made", "rule"), WAITED)
def test_where_packets_may_be_missing_such_a_rule_is_not_judged(
    spoken: Talk, made: Call, rule: Rule, since_ms: float | None
) -> None:
    """Nor is a clock that only it speaks against; an older document does not tell since when."""
    conversation = with_losses(spoken, [made], since_ms)
    assert rule not in rules(conversation)
    assert all(clock.holds for clock in clocks(conversation))
    assert conversation.notes[-1] == Note(NoteKind.UNJUDGED, 1)


@pytest.mark.parametrize(("spoken", "made", "rule"), WAITED)
def test_what_was_lost_later_excuses_nothing(spoken: Talk, made: Call, rule: Rule) -> None:
    """It has come after what the call seems to have waited for."""
    conversation = with_losses(spoken, [made], 999)
    assert conversation.checks == joined(spoken, [made]).checks
    assert not rules(conversation)[rule].holds
    assert NoteKind.UNJUDGED not in conversation.kinds


@pytest.mark.parametrize(
    ("spoken", "made", "rule"),
    [
        (repeating("client", "SYN", 0, after=0), call("client", "connect", 0.9, 300), Rule.CONNECT_THEN_SYN),
        (repeating("client", "PSH ACK", 1, 1, 5), call("client", "send", 3.9, 4, (0, 5)), Rule.SEND_THEN_BYTES),
        (repeating("client", "FIN ACK", 1, 1), call("client", "close", 3.9, 4), Rule.CLOSE_THEN_FIN),
    ],
)
def test_a_missing_packet_breaks_no_rule_of_calls_that_cause(spoken: Talk, made: Call, rule: Rule) -> None:
    """What is left of what they caused came later."""
    assert rules(joined(spoken, [made]))[rule].holds


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (call("client", "connect", 1.1, 2.1), Rule.CONNECT_THEN_SYN),
        (call("client", "send", 4.1, 4.2, (0, 5)), Rule.SEND_THEN_BYTES),
        (call("client", "close", 8.1, 8.2), Rule.CLOSE_THEN_FIN),
    ],
)
def test_such_a_rule_is_said_to_be_broken_whatever_was_lost(made: Call, rule: Rule) -> None:
    """With its clock."""
    conversation = with_losses(session(), [made])
    assert not rules(conversation)[rule].holds
    assert conversation.checks == joined(session(), [made]).checks
    assert NoteKind.UNJUDGED not in conversation.kinds


def test_of_the_calls_that_break_a_rule_those_are_told_that_are_certain() -> None:
    """One returned before its bytes had come, before anything was lost; the other waited for what may be missing."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 6, 1, 5, after_ms=200)
    made = [call("server", "recv", 3, 3.9, (0, 5)), call("server", "recv", 4, 5, (5, 5))]
    assert rules(joined(spoken, made))[Rule.BYTES_THEN_RECEIVED].broken == 2
    conversation = with_losses(spoken, made, since_ms=100)
    assert rules(conversation)[Rule.BYTES_THEN_RECEIVED].broken == 1
    assert NoteKind.UNJUDGED not in conversation.kinds


def test_a_clock_is_told_by_what_no_missing_packet_can_change() -> None:
    """The client's is 100 ms ahead; the answer to its connect() is missing, and alone would make that impossible."""
    made = [call("client", "connect", 100.9, 102.1), call("client", "send", 202.9, 203.1, (0, 5))]
    spoken = repeating("server", "SYN ACK", 0, 1, after=1)
    spoken.client("PSH ACK", 1, 1, 5, after_ms=0)
    assert not clocks(joined(spoken, made))[0].is_possible
    conversation = with_losses(spoken, made)
    assert clocks(conversation) == [ClockCheck("client", 99_900_000, None)]
    assert conversation.ahead_ns == {"client": 99_900_000, "server": 0}
    assert not rules(conversation)[Rule.CONNECT_THEN_SYN].holds
