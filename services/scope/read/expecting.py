"""Checks the conversations of a capture against what is expected of them (--expect, --forbid, …)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.scope.model import Conversation, Endpoint, Flags, Note, Outcome, Segment
from services.scope.notes import NoteKind

_SYN, _ACK = Flags.SYN.value, Flags.ACK.value

_MS_NS = 1_000_000


class Expected(StrEnum):
    """The kinds of expectations; the values are their flags."""

    OUTCOME = "--expect"
    NOTHING_OF = "--forbid"
    HANDSHAKE = "--max-handshake-ms"
    DURATION = "--max-duration-ms"
    CONVERSATIONS = "--conversations"


@dataclass(frozen=True, slots=True)
class Missed:
    """An expectation that was missed: by which conversation, at which packet of the capture, and the value found."""

    expected: Expected
    conversation: int | None = None  # its number; None: all of them together
    ends: tuple[Endpoint, Endpoint] | None = None
    frame: int | None = None
    more: int = 0  # further packets of the conversation that miss it
    took_ns: int | None = None
    outcome: Outcome | None = None
    note: Note | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Expectations:
    """What is expected of all conversations; empty or None: nothing."""

    outcomes: Collection[Outcome] = frozenset()  # each ends in one of these
    forbidden: frozenset[NoteKind | Outcome] = frozenset()  # Outcome.RESET: any RST; other outcomes: that outcome
    max_handshake_ms: float | None = None
    max_duration_ms: float | None = None
    conversations: int | None = None

    @property
    def named(self) -> list[Expected]:
        """The kinds that are asked for."""
        values = (self.outcomes, self.forbidden, self.max_handshake_ms, self.max_duration_ms, self.conversations)
        return [name for name, value in zip(Expected, values, strict=True) if value not in (None, frozenset())]

    def missed_by(self, number: int, conversation: Conversation) -> Iterator[Missed]:
        """Give the expectations that a conversation misses."""
        ends = conversation.client, conversation.server
        last = conversation.segments[-1] if conversation.segments else None
        end = None if last is None else last.frame
        if self.outcomes and conversation.outcome not in self.outcomes:
            yield Missed(Expected.OUTCOME, number, ends, end, outcome=conversation.outcome)
        yield from self._forbidden_in(number, conversation)
        if self.max_handshake_ms is not None and conversation.segments:
            frame, took_ns = _handshake(conversation.segments)
            if took_ns is None or took_ns > self.max_handshake_ms * _MS_NS:
                yield Missed(Expected.HANDSHAKE, number, ends, frame, took_ns=took_ns)
        if self.max_duration_ms is not None and last is not None:
            took_ns = last.t_ns - conversation.segments[0].t_ns
            if took_ns > self.max_duration_ms * _MS_NS:
                yield Missed(Expected.DURATION, number, ends, end, took_ns=took_ns)

    def missed_by_all(self, count: int) -> Iterator[Missed]:
        """Give the expectations that the conversations miss together; `count` is how many there were."""
        if self.conversations not in (None, count):
            yield Missed(Expected.CONVERSATIONS, count=count)

    def _forbidden_in(self, number: int, conversation: Conversation) -> Iterator[Missed]:
        """Give, for each forbidden thing found, its first place and how many more there are."""
        ends = conversation.client, conversation.server
        found: dict[NoteKind | Outcome, list[tuple[int, Note | None]]] = {}
        for segment in conversation.segments:
            kinds = [(note.kind, note) for note in segment.notes if note.kind in self.forbidden]
            for kind, note in kinds:
                found.setdefault(kind, []).append((segment.frame, note))
            if Outcome.RESET in self.forbidden and segment.has(Flags.RST) and not segment.is_copy:
                found.setdefault(Outcome.RESET, []).append((segment.frame, None))
        for places in found.values():
            frame, first = places[0]
            outcome = Outcome.RESET if first is None else None
            yield Missed(Expected.NOTHING_OF, number, ends, frame, len(places) - 1, note=first, outcome=outcome)
        for remark in conversation.notes:
            if remark.kind in self.forbidden:
                yield Missed(Expected.NOTHING_OF, number, ends, note=remark)
        if conversation.outcome in self.forbidden and Outcome.RESET not in found:
            end = conversation.segments[-1].frame if conversation.segments else None
            yield Missed(Expected.NOTHING_OF, number, ends, end, outcome=conversation.outcome)


ANYHOW = Expectations()


def _handshake(segments: list[Segment]) -> tuple[int, int | None]:
    """Return where the handshake ends, and how long it took from the first SYN to the first ACK after both SYNs.

    The time is None if the handshake was not completed, and 0 if its beginning was not captured.
    """
    begun = segments[0]
    if begun.flags & (_SYN | _ACK) != _SYN:
        return begun.frame, 0
    is_answered = False
    for segment in segments[1:]:
        if segment.has(Flags.SYN):
            is_answered = is_answered or segment.sender != begun.sender
        elif is_answered and segment.has(Flags.ACK) and not segment.has(Flags.RST):
            return segment.frame, segment.t_ns - begun.t_ns
    return segments[-1].frame, None
