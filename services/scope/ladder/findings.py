"""The lines below a ladder: a summary of the checks, each violation in full, the clocks, the notes on the whole."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from services.scope.ladder.labels import Labels
from services.scope.model import SIDES, Conversation, peer_of
from services.scope.notes import NoteKind
from services.scope.rules import ClockCheck, RuleCheck

Weight: TypeAlias = Literal["good", "bad", "note", "aside"]

# Notes of calls that were made and not recorded.
_UNREPORTED = frozenset(
    (
        NoteKind.CALLS_DROPPED,
        NoteKind.CALLS_LOST,
        NoteKind.IO_URING,
        NoteKind.BEGUN_BEFORE,
        NoteKind.UNWATCHED,
        NoteKind.CONNECTIONS_UNWATCHED,
    )
)


def findings(conversation: Conversation, labels: Labels) -> Iterator[tuple[str, Weight]]:
    """Give the lines, each with its weight."""
    words, phrases = labels.words, labels.words.phrases
    causes = [check for check in conversation.checks if isinstance(check, RuleCheck)]
    broken = [check for check in causes if not check.holds]
    if causes and not broken:
        yield phrases.rules_hold.format(rules=len(causes)), "good"
    elif broken:
        yield phrases.rules_broken.format(broken=len(broken), rules=len(causes)), "bad"
    for check in broken:
        yield phrases.rule_broken.format(rule=phrases.rules[check.rule], detail=words.detail(check)), "bad"
    for clock in conversation.checks:
        if isinstance(clock, ClockCheck):
            said = phrases.clock.format(side=phrases.sides[clock.side], detail=words.clock(clock))
            yield (said, "aside") if clock.holds else (f"✗ {said}", "bad")
    for note in conversation.notes:
        yield f"• {labels.note(note)}", "note"


def legend(conversation: Conversation, labels: Labels) -> str:
    """Return the meanings of the marks that occur in this ladder."""
    phrases = labels.words.phrases
    bars = phrases.legend_bars.format(caused=labels.marks.caused, awaited=labels.marks.awaited)
    sides = {joined.side for joined in conversation.calls if joined.call.call != "listen"}
    lines = [bars] if sides else []
    if len(sides) == len(SIDES) and _UNREPORTED.isdisjoint(conversation.kinds):
        lines.append(phrases.legend_kernel)
    if any(labels.is_guess(segment, side) for segment in conversation.segments for side in SIDES):
        lines.append(phrases.legend_guess)
    if conversation.segments:
        lines.append(phrases.legend_numbers if labels.own_numbers else phrases.legend_frames)
    if not sides:
        lines.append(phrases.no_calls)
    elif len(sides) < len(SIDES):
        (side,) = sides
        lines.append(phrases.no_calls_of.format(side=phrases.sides[peer_of(side)]))
    return " · ".join(lines)
