"""The newest conversations, in bounded memory: the page keeps them to show them, the live loop to write them to a file.

Each has a part of its packets, where they are to be shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from services.scope.model import Conversation, Endpoint, Outcome
from services.scope.notes import NAMES, SENT_AGAIN, NoteKind

# Of all of them together; a segment takes half a KiB. Whoever hands over packets bounds them for each conversation.
MAX_SEGMENTS = 16_384

# Notes that make a conversation unusual, besides a broken rule and the outcomes below.
_UNUSUAL = SENT_AGAIN | {NoteKind.ZERO_WINDOW, NoteKind.OUT_OF_ORDER, NoteKind.SIMULTANEOUS_CLOSE}

_UNUSUAL_OUTCOMES = (Outcome.RESET, Outcome.REFUSED, Outcome.UNANSWERED, Outcome.NOT_CAPTURED)


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A kept conversation: `id` counts from 1; `packets` are records (shared.pcap) by the index of their segment.

    `run` tells apart conversations of one number, of before and after a restart of the scope; "" where there is none.
    """

    id: int
    conversation: Conversation
    packets: dict[int, bytes]
    run: str = ""

    @property
    def kinds(self) -> set[NoteKind]:
        """The kinds of all notes, on its segments and on the whole."""
        return self.conversation.kinds.union(*(segment.kinds for segment in self.conversation.segments))

    def row(self) -> dict[str, Any]:
        """Return its row in the list, for the JSON."""
        conversation = self.conversation
        segments, calls = conversation.segments, conversation.calls
        times_ns = [segment.t_ns for segment in segments] or [joined.call.t0_ns for joined in calls]
        kinds = self.kinds
        broken = sum(1 for check in conversation.checks if not check.holds)
        return {
            "id": self.id,
            "run": self.run,
            "client": str(conversation.client),
            "server": str(conversation.server),
            "outcome": conversation.outcome,
            "started_ns": times_ns[0],
            "duration_us": (times_ns[-1] - times_ns[0]) / 1000,
            "segments": len(segments),
            "calls": len(calls),
            "notes": sorted(NAMES[kind] for kind in kinds),
            "rules_broken": broken,
            "unusual": bool(broken or kinds & _UNUSUAL or conversation.outcome in _UNUSUAL_OUTCOMES)
            or any(segment.lost is not None for segment in segments),
        }


@dataclass(frozen=True)
class Filter:
    """Which conversations are asked for; None, or no kinds: all."""

    outcome: Outcome | None = None
    kinds: frozenset[NoteKind] = frozenset()
    ip: str | None = None
    port: int | None = None
    limit: int | None = None

    def takes(self, kept: Kept) -> bool:
        """Tell whether a conversation matches."""
        conversation = kept.conversation
        if self.outcome is not None and conversation.outcome != self.outcome:
            return False
        if not any(self._is(end) for end in (conversation.client, conversation.server)):
            return False
        return not self.kinds or not self.kinds.isdisjoint(kept.kinds)

    def _is(self, end: Endpoint) -> bool:
        return self.ip in (None, end.ip) and self.port in (None, end.port)


class Shelf:
    """At most `max_conversations`, with `max_segments` in all; beyond either limit the oldest is dropped."""

    def __init__(self, max_conversations: int, max_segments: int = MAX_SEGMENTS) -> None:
        self._max_conversations = max_conversations
        self._max_segments = max_segments
        self._kept: dict[int, Kept] = {}  # in the order that they came
        self._segments = 0
        self._last = 0
        self._run = token_hex(4)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._kept)

    def __iter__(self) -> Iterator[Kept]:
        """Give them, the oldest first."""
        return iter(self._kept.values())

    def add(self, conversation: Conversation, packets: dict[int, bytes]) -> Kept:
        """Keep a conversation, which must not be changed any more; return it with its number."""
        self._last += 1
        kept = self._kept[self._last] = Kept(self._last, conversation, packets, self._run)
        self._segments += len(conversation.segments)
        while len(self._kept) > 1 and (
            len(self._kept) > self._max_conversations or self._segments > self._max_segments
        ):
            oldest = self._kept.pop(next(iter(self._kept)))
            self._segments -= len(oldest.conversation.segments)
        return kept

    def get(self, number: int, run: str | None = None) -> Kept | None:
        """Return the one with this number, of this run if one is named; None if it is not kept (any more)."""
        kept = self._kept.get(number)
        return kept if kept is not None and run in (None, kept.run) else None

    def newest(self, wanted: Filter) -> Iterator[Kept]:
        """Give those that match, the newest first."""
        found = 0
        for kept in reversed(self._kept.values()):
            if wanted.limit is not None and found >= wanted.limit:
                return
            if wanted.takes(kept):
                found += 1
                yield kept
