"""What is said below a ladder."""

from dataclasses import replace

import pytest

from services.scope.calls.records import Notice
from services.scope.ladder.findings import findings, legend
from services.scope.model import Conversation, Note
from services.scope.notes import NoteKind
from services.scope.rules import RuleCheck
from services.scope.words.words import Lang
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import lossy, quiet
from tests.unit.services.scope.harness.saying import labels
from tests.unit.services.scope.harness.wire import START_NS


def found(conversation: Conversation, lang: Lang = "en") -> list[tuple[str, str]]:
    """Return the lines with their weights."""
    return list(findings(conversation, labels(conversation, lang)))


def legend_of(conversation: Conversation, lang: Lang = "en", *, own_numbers: bool = False) -> str:
    """Return the line on the marks."""
    return legend(conversation, labels(conversation, lang, own_numbers=own_numbers))


def test_checks_that_hold_are_counted() -> None:
    """Seven rules apply to a whole session; the clocks' bounds are given."""
    assert found(joined(session(), session_calls())) == [
        ("✓ all 7 causal rules hold", "good"),
        ("clock of the client: between -100.0 us and 100.0 us ahead of the capture's", "aside"),
        ("clock of the server: between -100.0 us and 100.0 us ahead of the capture's", "aside"),
    ]


def test_a_broken_check_is_shown_in_full() -> None:
    """With its numbers, and how many there are."""
    conversation = joined(session(), session_calls())
    first = conversation.checks[0]
    assert isinstance(first, RuleCheck)
    conversation.checks[0] = replace(first, slack_ns=-5_000, broken=1)
    assert found(conversation)[:2] == [
        ("✗ 1 of 7 causal rules are broken", "bad"),
        ("✗ ACK of the server's SYN <= accept.t1: broken by 1 of 1, by 5.0 us: accept() of the server", "bad"),
    ]


def test_rules_that_cannot_be_judged_are_neither_good_nor_bad() -> None:
    """A call may be missing: that is all that is said."""
    conversation = joined(session(), session_calls())
    conversation.checks = [check for check in conversation.checks[1:] if isinstance(check, RuleCheck)]
    conversation.notes.append(Note(NoteKind.UNJUDGED, 1))
    text = "with what may be missing, 1 causal rule cannot be judged, nor how far the clocks differ"
    assert found(conversation) == [(f"• {text}", "note")]
    assert "1 条因果规则无法判定" in found(conversation, "zh")[0][0]


def test_a_clock_that_cannot_be_the_captures_is_bad() -> None:
    """It is marked as what it is."""
    lines = found(joined(session(), [call("client", "connect", 100.9, 102.1)]))
    assert [weight for text, weight in lines if "clock" in text] == ["bad"]


def test_what_is_said_of_the_whole_is_shown() -> None:
    """A conversation's notes, in the language that is asked for."""
    conversation = joined(session(), [])
    conversation.notes.append(Note(NoteKind.NOT_KEPT, 7))
    assert found(conversation) == [("• 7 segments in the middle not kept", "note")]
    assert found(conversation, "zh") == [("• 中间的 7 个报文段没有保留", "note")]


@pytest.mark.parametrize("kind", ["unwatched", "records_dropped"])
def test_the_kernels_own_is_named_only_where_every_call_is_known(kind: str) -> None:
    """A segment without a mark may belong to a call that nobody watched, or whose record was lost."""
    whole = joined(session(), session_calls())
    assert "the kernel's own" in legend_of(whole)
    whole.notes.append(Notice(kind, "server", START_NS, "local", "peer", "budget", 64).note())
    assert "the kernel's own" not in legend_of(whole)


def test_a_side_without_calls_is_named() -> None:
    """Not that it made none."""
    assert "of the server no calls are known" in legend_of(joined(session(), [call("client", "connect", 0.9, 2.1)]))
    assert "no calls are known" in legend_of(joined(session(), []))


def test_a_state_that_is_a_guess_is_explained() -> None:
    """`LISTEN?`, beside the SYN; where no state is a guess nothing is said of it."""
    conversation = joined(session(), session_calls())
    assert "STATE?: a guess" in legend_of(conversation)
    for segment in conversation.segments:
        segment.inferred = False
    assert "guess" not in legend_of(conversation)


def test_numbers_are_said_to_be_what_they_are() -> None:
    """The capture's, or the conversation's own."""
    conversation = joined(session(), [])
    assert "#n: the n-th packet of the capture" in legend_of(conversation)
    assert "#n: the n-th packet of the conversation" in legend_of(conversation, own_numbers=True)
    assert "本次连接的第 n 个报文" in legend_of(conversation, "zh", own_numbers=True)


def test_two_points_tell_losses_clocks_and_where_the_time_went() -> None:
    """For the whole, and for the slowest message, with how long each way took."""
    losses, clock, whole, slowest = found(lossy())[-4:]
    assert losses == ("✗ 2 segments were lost or dropped", "bad")
    assert clock == ("clock of laptop: 2.112992 to 2.113008 s ahead of that of rack", "aside")
    assert whole == (
        (
            "where the time went, of 615.80 ms: 611.00 ms until the client sent again what was lost, "
            "1600.0 us on the network, 1200.0 us in the client's host, kernel or program, "
            "1000.0 us in the server's kernel, 1000.0 us in the server's host, kernel or program"
        ),
        "aside",
    )
    assert slowest == (
        (
            "slowest message, #4 to #7, of 612.80 ms: 611.00 ms until the client sent again what was lost, "
            "1000.0 us in the server's host, kernel or program, "
            "800.0 us on the network (392 to 408 us there, 392 to 408 us back)"
        ),
        "aside",
    )


def test_how_long_each_way_took_is_not_told_where_it_is_not_known() -> None:
    """How long both took together is."""
    conversation = quiet()
    conversation.clocks = ()
    assert "800.0 us on the network" in found(conversation)[-1][0]
    assert "there" not in found(conversation)[-1][0]


def test_what_was_lost_before_it_left_is_counted_with_the_rest() -> None:
    """By the numbers that are missing."""
    conversation = lossy()
    conversation.segments[4].notes.append(Note(NoteKind.LOST_BEFORE_LEAVING, 2))
    assert ("✗ 4 segments were lost or dropped", "bad") in found(conversation)
