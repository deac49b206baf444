"""The causal rules, and what they say of clocks."""

from dataclasses import replace

import pytest

from services.scope.calls.records import Notice, NoticeKind
from services.scope.model import Conversation, Note
from services.scope.notes import NoteKind
from services.scope.rules import ClockCheck, Rule, RuleCheck
from shared.calls import Call
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import seen_at_both
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, START_NS, Talk


def rules(conversation: Conversation) -> dict[Rule, RuleCheck]:
    """Return the checks of rules."""
    return {check.rule: check for check in conversation.checks if isinstance(check, RuleCheck)}


def clocks(conversation: Conversation) -> list[ClockCheck]:
    """Return the checks of clocks."""
    return [check for check in conversation.checks if isinstance(check, ClockCheck)]


def test_every_rule_holds_in_a_session() -> None:
    """Each with the time that was left, and whose call it was closest for."""
    conversation = joined(session(), session_calls())
    hundred_us = MILLISECOND_NS // 10
    assert [*rules(conversation).values()] == [
        RuleCheck(Rule.ACK_THEN_ACCEPTED, "server", "accept", hundred_us, 0, 1),
        RuleCheck(Rule.CONNECT_THEN_SYN, "client", "connect", hundred_us, 0, 1),
        RuleCheck(Rule.ANSWER_THEN_CONNECTED, "client", "connect", hundred_us, 0, 1),
        RuleCheck(Rule.BYTES_THEN_RECEIVED, "server", "recv", 2 * hundred_us, 0, 2),
        RuleCheck(Rule.SEND_THEN_BYTES, "client", "send", hundred_us, 0, 2),
        RuleCheck(Rule.CLOSE_THEN_FIN, "client", "shutdown", hundred_us, 0, 2),
        RuleCheck(Rule.FIN_THEN_END, "server", "recv", 2 * hundred_us, 0, 2),
    ]
    assert clocks(conversation) == [
        ClockCheck("client", -hundred_us, hundred_us),
        ClockCheck("server", -hundred_us, hundred_us),
    ]
    assert all(check.holds for check in conversation.checks)


@pytest.mark.parametrize(
    ("spoken", "made", "rule"),
    [
        (session(), call("client", "connect", 1.1, 2.1), Rule.CONNECT_THEN_SYN),
        (session(), call("client", "connect", 0.9, 1.9), Rule.ANSWER_THEN_CONNECTED),
        (session(), call("server", "accept", 0, 2.9), Rule.ACK_THEN_ACCEPTED),
        (session(), call("client", "send", 4.1, 4.2, (0, 5)), Rule.SEND_THEN_BYTES),
        (session(), call("server", "recv", 3, 3.9, (0, 5)), Rule.BYTES_THEN_RECEIVED),
        (session(), call("client", "close", 8.1, 8.2), Rule.CLOSE_THEN_FIN),
        (session(), call("server", "recv", 3, 7.9, (5, 0)), Rule.FIN_THEN_END),
        (
            talk("nobody_listens"),
            call("client", "connect", 0, 1.9, errno="ECONNREFUSED"),
            Rule.ANSWER_THEN_CONNECTED,
        ),
        (
            talk("a_close_leaves_data_unread"),
            call("client", "recv", 4, 5.9, errno="ECONNRESET"),
            Rule.RST_THEN_ERROR,
        ),
    ],
)
def test_a_rule_that_is_broken_is_found(spoken: Talk, made: Call, rule: Rule) -> None:
    """And how much by."""
    found = rules(joined(spoken, [made]))[rule]
    assert not found.holds
    assert (found.broken, found.calls, found.slack_ns) == (1, 1, -MILLISECOND_NS // 10)


def test_a_broken_pipe_proves_nothing() -> None:
    """It may be the side's own shutdown(), before any RST."""
    spoken = talk("a_close_leaves_data_unread")
    assert joined(spoken, [call("client", "send", 4, 5, errno="EPIPE")]).checks == []


def test_a_clock_that_is_ahead_is_found_by_what_it_breaks() -> None:
    """The rules bound how far."""
    made = [call("client", "connect", 100.9, 102.1), call("client", "send", 103.9, 104.1, (0, 5))]
    conversation = joined(session(), made)
    assert not rules(conversation)[Rule.CONNECT_THEN_SYN].holds
    (clock,) = clocks(conversation)
    assert clock == ClockCheck("client", 99_900_000, 100_100_000)
    assert (clock.holds, clock.is_possible) == (False, True)
    assert conversation.ahead_ns == {"client": 100_000_000, "server": 0}


@pytest.mark.parametrize(
    ("least_ns", "most_ns", "likely_ns"),
    [
        (-5_000, None, 0),
        (None, -5_000, -5_000),
        (5_000, 7_000, 6_000),
        (MILLISECOND_NS, 0, 0),  # impossible
        (None, None, 0),
    ],
)
def test_a_clock_is_taken_for_the_captures_wherever_that_is_possible(
    least_ns: int | None, most_ns: int | None, likely_ns: int
) -> None:
    """Else for what is between its bounds, or the only one."""
    assert ClockCheck("client", least_ns, most_ns).likely_ns == likely_ns


def test_a_traced_call_may_have_ended_later() -> None:
    """Within its slack a rule holds, and beyond it is broken."""
    early = call("client", "connect", 0.9, 1.5)
    for slack_ns, holds in ((MILLISECOND_NS, True), (MILLISECOND_NS // 4, False)):
        conversation = joined(session(), [replace(early, slack_ns=slack_ns)])
        assert [check.holds for check in conversation.checks if isinstance(check, RuleCheck)] == [True, holds]
        assert {note.kind for note in conversation.notes} == {NoteKind.TRACED}


def test_a_call_is_held_against_what_its_own_host_saw() -> None:
    """The client's SYN left at 0.6 ms, and the answer was there at 2.4 ms, whenever the server saw them."""
    conversation = seen_at_both(session(), [call("client", "connect", 0.5, 2.5)])
    slacks = {check.rule: check.slack_ns for check in conversation.checks if isinstance(check, RuleCheck)}
    assert slacks == {Rule.CONNECT_THEN_SYN: 100_000, Rule.ANSWER_THEN_CONNECTED: 100_000}


def test_a_call_that_took_what_was_sent_again_may_have_waited_for_the_first() -> None:
    """The network has lost the ACK, and not the data: recv() returned long before they were sent again."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 1, 1, 5, after_ms=210)
    spoken.server("ACK", 1, 6)
    in_time, early = (call("server", "recv", 3.5, at_ms, (0, 5)) for at_ms in (4.1, 3.9))
    assert rules(joined(spoken, [in_time]))[Rule.BYTES_THEN_RECEIVED].holds
    assert rules(joined(spoken, [early]))[Rule.BYTES_THEN_RECEIVED].slack_ns == -MILLISECOND_NS // 10


def test_a_call_did_not_wait_for_what_was_lost() -> None:
    """Where two vantage points know that it was: it has returned before what came."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 1, 1, 5, after_ms=210)
    spoken.server("ACK", 1, 6)
    conversation = seen_at_both(spoken, [call("server", "recv", 3.5, 4.5, (0, 5))], lost=[3])
    assert rules(conversation)[Rule.BYTES_THEN_RECEIVED].slack_ns < -200 * MILLISECOND_NS


WITHOUT_SHUTDOWN = [made for made in session_calls() if made.call != "shutdown"]


def lost(kind: NoticeKind) -> Notice:
    """Return a notice that a record was lost while the session went on."""
    return Notice(kind, "client", START_NS + 9 * MILLISECOND_NS, count=1, host="here", pid=100)


def test_a_call_that_is_missing_breaks_a_rule_where_nothing_tells_of_a_loss() -> None:
    """The FIN of a shutdown() whose record is not there is taken for that of the close()."""
    conversation = joined(session(), WITHOUT_SHUTDOWN)
    assert not rules(conversation)[Rule.CLOSE_THEN_FIN].holds
    assert not all(clock.is_possible for clock in clocks(conversation))


@pytest.mark.parametrize(
    "kind",
    [NoticeKind.RECORDS_DROPPED, NoticeKind.RECORDS_LOST, NoticeKind.RECORDS_MISSING, NoticeKind.IO_URING],
)
def test_where_calls_may_be_missing_no_rule_is_said_to_be_broken(kind: NoticeKind) -> None:
    """Nor that clocks are impossible: how many rules cannot be judged is noted, and what holds stays."""
    conversation = joined(session(), [*WITHOUT_SHUTDOWN, lost(kind)])
    assert all(check.holds for check in conversation.checks)
    assert set(rules(conversation)) == set(rules(joined(session(), session_calls()))) - {Rule.CLOSE_THEN_FIN}
    assert conversation.notes == [lost(kind).note(), Note(NoteKind.UNJUDGED, 1)]


def test_a_loss_that_touches_no_rule_leaves_all_of_them() -> None:
    """What holds with the calls that are there is said as ever."""
    conversation = joined(session(), [*session_calls(), lost(NoticeKind.RECORDS_MISSING)])
    assert conversation.checks == joined(session(), session_calls()).checks
    assert NoteKind.UNJUDGED not in conversation.kinds


def test_a_call_that_had_returned_before_the_capture_began_is_not_judged() -> None:
    """The FIN that recv() waited for came before; what is captured is its repetition, as the ACK was lost."""
    spoken = Talk()
    spoken.client("FIN ACK", 6, 1, after_ms=200)
    spoken.server("ACK", 1, 7)
    for returned_ms, are_judged in ((150, False), (199.9, False), (200.1, True)):
        conversation = joined(spoken, [call("server", "recv", 100, returned_ms, (5, 0))])
        assert all(check.holds for check in conversation.checks)
        assert (Rule.FIN_THEN_END in rules(conversation)) == are_judged
        assert (NoteKind.UNJUDGED in conversation.kinds) == (not are_judged)
