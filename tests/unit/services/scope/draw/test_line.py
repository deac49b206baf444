"""A conversation in one line."""

import re
from dataclasses import replace

from services.scope.draw.line import line
from services.scope.model import Conversation, Endpoint, Note, Outcome, State, StateNote
from services.scope.notes import NoteKind
from services.scope.rules import RuleCheck
from tests.unit.services.scope.harness.calls import CLIENT, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import lossy, quiet


def made() -> Conversation:
    """Return the session, anew."""
    return joined(session(), session_calls())


def test_it_says_who_how_much_and_how_long() -> None:
    """And that every rule holds."""
    calls = len(made().calls)
    pattern = rf"#12 {CLIENT} closed, 10 segments, {calls} calls, 9\.0 ms, all \d rules hold, like #1"
    assert re.fullmatch(pattern, line(made(), 12, 1, "en").plain)


def test_without_a_like_it_names_none() -> None:
    """Where none was drawn."""
    assert line(made(), 12, None, "en").plain.endswith("rules hold")


def test_a_broken_rule_is_said_in_red() -> None:
    """It is a finding."""
    conversation = made()
    rules = [check for check in conversation.checks if isinstance(check, RuleCheck)]
    conversation.checks = [replace(rules[0], broken=1), *rules[1:]]
    text = line(conversation, 1, None, "en")
    assert f"1 of {len(rules)} rules broken" in text.plain
    assert "bold red" in {span.style for span in text.spans}


def test_rules_that_cannot_be_judged_are_not_said_to_hold() -> None:
    """All of those that can be do, which is not all."""
    conversation = made()
    conversation.notes.append(Note(NoteKind.UNJUDGED, 1))
    assert "hold" not in line(conversation, 1, None, "en").plain


def test_notes_are_counted() -> None:
    """But for those that go without saying."""
    conversation = made()
    for segment in conversation.segments[3:5]:
        segment.notes += [Note(NoteKind.DUPLICATE_ACK, 1), Note(NoteKind.GSO, 2)]
    conversation.notes.append(Note(NoteKind.NOT_KEPT, 7))
    assert line(conversation, 1, None, "en").plain.endswith("hold, 2 duplicate ACK, 7 segments in the middle not kept")


def test_it_speaks_chinese() -> None:
    """As the ladders do."""
    assert "关闭" in line(made(), 12, 1, "zh").plain
    assert line(made(), 12, 1, "zh").plain.endswith("同 #1")


def test_an_attempt_without_calls_is_a_line_as_well() -> None:
    """There is no rule to hold."""
    refused = Conversation(Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2), Outcome.REFUSED)
    assert line(refused, 3, None, "en").plain == "#3 10.0.0.1:1 refused, 0 segments, 0 calls"


def test_a_state_that_a_kernel_told_is_counted_like_any_note() -> None:
    """Whose state it is stands with its segment, and is not needed here."""
    conversation = made()
    told = StateNote(NoteKind.BY_TCP_INFO, side="client", state=State.CLOSED)
    conversation.segments[-1].notes = [told]
    assert "1 state by TCP_INFO" in line(conversation, 1, None, "en").plain


def test_losses_are_counted() -> None:
    """Where two points saw the conversation: what was lost, and what was dropped."""
    assert "2 lost" in line(lossy(), 1, None, "en").plain
    assert "lost" not in line(quiet(), 1, None, "en").plain
