"""A conversation in one line, for a reader who has seen a ladder of the same shape."""

from collections import Counter
from collections.abc import Iterator

from rich.text import Text

from services.scope.model import Conversation, Outcome
from services.scope.notes import NoteKind
from services.scope.rules import RuleCheck
from services.scope.words.words import Lang, Words
from shared.wording import duration

# Notes that a normal conversation has, too.
USUAL = frozenset((NoteKind.FIN_WITH_ACK, NoteKind.GSO, NoteKind.WINDOW_UPDATE))

OF_OUTCOME = {Outcome.CLOSED: "", Outcome.RESET: "red", Outcome.REFUSED: "red", Outcome.UNANSWERED: "red"}


def line(conversation: Conversation, number: int, like: int | None, lang: Lang) -> Text:
    """Return the line: endpoints, outcome, amounts, checks, notes, and the number of a ladder of the same shape."""
    words = Words(lang)
    phrases = words.phrases
    text = Text(f"#{number} {conversation.client} ")
    text.append(phrases.outcomes[conversation.outcome], OF_OUTCOME.get(conversation.outcome, "yellow"))
    for part, style in _parts(conversation, words):
        text.append(phrases.parts_between).append(part, style)
    if like is not None:
        text.append(phrases.parts_between).append(phrases.like.format(number=like), "dim")
    return text


def _parts(conversation: Conversation, words: Words) -> Iterator[tuple[str, str]]:
    """Give what follows, each part with its style."""
    phrases, segments = words.phrases, conversation.segments
    yield words.counted(phrases.segments, len(segments)), ""
    yield words.counted(phrases.calls, len(conversation.calls)), ""
    if segments:
        yield duration(segments[-1].t_ns - segments[0].t_ns), ""
    rules = [check for check in conversation.checks if isinstance(check, RuleCheck)]
    broken = sum(1 for check in rules if not check.holds)
    if broken:
        yield phrases.line_rules_broken.format(broken=broken, rules=len(rules)), "bold red"
    elif rules and NoteKind.UNJUDGED not in conversation.kinds:
        yield phrases.line_rules_hold.format(rules=len(rules)), "green"
    remarks = Counter(note.kind for segment in segments for note in segment.notes if note.kind not in USUAL)
    for kind, count in remarks.items():
        yield phrases.remark_counted.format(count=f"{count:,}", remark=words.kind(kind)), "yellow"
    lost = sum(1 for segment in segments if segment.lost is not None)
    if lost:
        yield words.ways.lost.format(count=f"{lost:,}"), "bold red"
    for note in conversation.notes:
        yield words.note(note), "yellow"
