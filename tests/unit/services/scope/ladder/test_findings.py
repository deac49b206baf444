"""What is said below a ladder."""

from services.scope.ladder.findings import findings, legend
from services.scope.model import Check
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls


def test_checks_that_hold_are_counted() -> None:
    """Seven rules apply to a whole session; the clocks' bounds are given."""
    lines = list(findings(joined(session(), session_calls())))
    assert lines[0] == ("✓ all 7 causal rules hold", "good")
    assert [text.partition(":")[0] for text, _ in lines[1:]] == [
        "clock of the client",
        "clock of the server",
    ]


def test_a_broken_check_is_shown_in_full() -> None:
    """With its numbers, and how many there are."""
    conversation = joined(session(), session_calls())
    conversation.checks[0] = Check("a rule", holds=False, detail="broken by 1 of 1, by 5.0 us")
    lines = list(findings(conversation))
    assert lines[:2] == [("✗ 1 of 7 causal rules are broken", "bad"), ("✗ a rule: broken by 1 of 1, by 5.0 us", "bad")]


def test_what_is_said_of_the_whole_is_shown() -> None:
    """A conversation's notes."""
    conversation = joined(session(), [])
    conversation.notes.append("captured in the dark")
    assert list(findings(conversation)) == [("• captured in the dark", "note")]


def test_the_kernels_own_is_named_only_where_every_call_is_known() -> None:
    """A segment without a mark may belong to a call that nobody watched."""
    whole = joined(session(), session_calls())
    assert "the kernel's own" in legend(whole)
    whole.notes.append("server: not watched after 64 calls: its budget of calls is used up")
    assert "the kernel's own" not in legend(whole)


def test_a_side_without_calls_is_named() -> None:
    """Not that it made none."""
    assert "of the server no calls are known" in legend(joined(session(), [call("client", "connect", 0.9, 2.1)]))
    assert "no calls are known" in legend(joined(session(), []))
