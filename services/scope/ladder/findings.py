"""The lines below a ladder: a summary of the checks, each violation in full, the clocks, the notes on the whole."""

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from services.scope.ladder.labels import Labels
from services.scope.ladder.spent import spent
from services.scope.ladder.stays import Part
from services.scope.model import SIDES, Conversation, peer_of
from services.scope.notes import CALLS_MAY_BE_MISSING, NoteKind
from services.scope.rules import ClockCheck, RuleCheck
from services.scope.vantages import SpentOn
from services.scope.words.spans import point_clock, span
from services.scope.words.words import time

Weight: TypeAlias = Literal["good", "bad", "note", "aside"]

# Notes of calls that were made and not recorded.
_UNREPORTED = CALLS_MAY_BE_MISSING | {NoteKind.BEGUN_BEFORE, NoteKind.UNWATCHED, NoteKind.CONNECTIONS_UNWATCHED}


def findings(conversation: Conversation, labels: Labels) -> Iterator[tuple[str, Weight]]:
    """Give the lines, each with its weight."""
    words, phrases = labels.words, labels.words.phrases
    causes = [check for check in conversation.checks if isinstance(check, RuleCheck)]
    broken = [check for check in causes if not check.holds]
    if causes and not broken and NoteKind.UNJUDGED not in conversation.kinds:
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
    yield from _seen_from_points(conversation, labels)


def _seen_from_points(conversation: Conversation, labels: Labels) -> Iterator[tuple[str, Weight]]:
    """Give what several vantage points tell: losses, their clocks, and where the time went."""
    words, ways = labels.words, labels.words.ways
    notes = (note for segment in conversation.segments for note in segment.notes)
    unseen = sum(note.number or 1 for note in notes if note.kind is NoteKind.LOST_BEFORE_LEAVING)
    lost = unseen + sum(1 for segment in conversation.segments if segment.lost is not None)
    if lost:
        yield f"✗ {words.counted(ways.losses, lost)}", "bad"
    for clock in conversation.clocks:
        yield point_clock(ways, clock, conversation.vantages[-1]), "aside"
    found = spent(conversation)
    if found is None:
        return
    yield ways.spent.format(time=time(found.took_ns), parts=_told(found.parts, labels)), "aside"
    slowest = found.slowest
    if slowest is None:
        return
    each_way = ""
    if slowest.there and slowest.back:
        there, back = span(ways, *slowest.there), span(ways, *slowest.back)
        each_way = ways.each_way.format(there=there, back=back)
    first, answer = (labels.frame(conversation.segments[index]) for index in (slowest.first, slowest.answer))
    parts = _told(slowest.all_parts, labels, each_way)
    yield ways.slowest.format(first=first, answer=answer, time=time(slowest.took_ns), parts=parts), "aside"


def _told(parts: Iterable[Part], labels: Labels, each_way: str = "") -> str:
    """Return where the time went; behind the network, how long each way took."""
    words = labels.words
    said = []
    for part in parts:
        side = words.phrases.sides[part.side] if part.side else ""
        text = words.ways.spent_on[part.on].format(time=time(part.took_ns), side=side)
        said.append(text + each_way if part.on is SpentOn.NETWORK else text)
    return words.phrases.parts_between.join(said)


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
