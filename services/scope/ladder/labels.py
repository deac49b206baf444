"""The short texts beside arrows and bars of a ladder, the same on a terminal and in a picture."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from services.scope.ladder.folding import Fold
from services.scope.ladder.naming import is_end
from services.scope.ladder.ways import delay_of
from services.scope.model import SIDES, Conversation, JoinedCall, Note, Segment, Side
from services.scope.notes import SENT_AGAIN, NoteKind
from services.scope.words.spans import span
from services.scope.words.words import Lang, Words, flag_names, time
from shared.calls import Call


class Marks(NamedTuple):
    """How a segment is marked on a bar: one that the call caused, one that it waited for."""

    caused: str
    awaited: str


class Labels:
    """One conversation's labels, in one language.

    With `own_numbers` its segments count from its own first one; without, they have the numbers of the capture. Of
    several captures only the first are the same for all.
    """

    def __init__(self, conversation: Conversation, lang: Lang, marks: Marks, *, own_numbers: bool) -> None:
        self.words = Words(lang)
        self.marks = marks
        self.own_numbers = own_numbers or bool(conversation.vantages)
        self._conversation = conversation
        self._numbers = {one.frame: one.number for one in conversation.segments} if self.own_numbers else None
        self._begins_unknown = NoteKind.NO_HANDSHAKE in conversation.kinds

    def frame(self, segment: Segment) -> str:
        """Return a segment's number."""
        return f"#{segment.number if self.own_numbers else segment.frame}"

    def note(self, note: Note) -> str:
        """Return the text of a note. It names no segment that was not kept, as that has no number of its own."""
        names_frame = note.kind in SENT_AGAIN or note.kind in (NoteKind.CORRECTED, NoteKind.COPY)
        if names_frame and self._numbers is not None and note.number is not None:
            note = replace(note, number=self._numbers.get(note.number))
        return self.words.note(note)

    def took(self, call: Call) -> str:
        """Return how long a call took; nothing of a traced one whose duration was not measured."""
        if call.slack_ns and call.t1_ns == call.t0_ns:
            return ""
        return self.words.phrases.after.format(time=time(call.t1_ns - call.t0_ns))

    def frames(self, joined: JoinedCall, indexes: Iterable[int]) -> str:
        """Return segments by their numbers, each way's with a mark: `▸#4` caused, `◂#6…#9` awaited."""
        own: list[Segment] = []
        others: list[Segment] = []
        for index in indexes:
            segment = self._conversation.segments[index]
            (own if segment.sender == joined.side else others).append(segment)
        ways = (self.marks.caused, own), (self.marks.awaited, others)
        return " ".join(f"{mark}{self._span(found)}" for mark, found in ways if found)

    def delay(self, segment: Segment) -> str:
        """Return how long a segment was on its way; nothing where that is not known."""
        found = delay_of(segment, self._conversation)
        return span(self.words.ways, *found) if found else ""

    def lost(self, segment: Segment) -> str:
        """Return where a segment was lost, or a part of it; nothing of one that was not."""
        return f"✗ {self.words.loss(segment.lost)}" if segment.lost else ""

    def arrives(self, segment: Segment) -> str:
        """Return that a segment arrives, and how long it was on its way."""
        ways, delay = self.words.ways, self.delay(segment)
        return (ways.arrives_after if delay else ways.arrives).format(frame=self.frame(segment), span=delay)

    def comes(self, segment: Segment) -> str:
        """Return the same without its number, for a row that has it."""
        delay = self.delay(segment)
        return self.words.ways.comes_after.format(span=delay) if delay else self.words.ways.comes

    def way(self, segment: Segment, begin_ns: int) -> list[tuple[str, str]]:
        """Return where a segment was seen and when, or lost, each with its name; nothing of one capture alone."""
        ways, points = self.words.ways, self._conversation.vantages
        if not points:
            return []
        first, last = (points[0], points[-1]) if segment.sender == "client" else (points[-1], points[0])
        found: list[tuple[str, str]] = []
        if segment.left_ns is not None:
            found.append((ways.left.format(point=first), self.words.when(segment.left_ns - begin_ns)))
        if segment.arrived_ns is not None:
            found.append((ways.arrived.format(point=last), self.words.when(segment.arrived_ns - begin_ns)))
        if delay := self.delay(segment):
            found.append((ways.on_its_way, delay))
        if segment.lost is not None:
            found.append((ways.loss, self.words.loss(segment.lost)))
        return found

    def state(self, segment: Segment, side: Side) -> str:
        """Return an end's state after a segment, marked where it is a guess."""
        state = segment.state_of(side)
        return f"{state}{self.words.phrases.guess_mark}" if self.is_guess(segment, side) else state

    def is_guess(self, segment: Segment, side: Side) -> bool:
        """Tell whether a state is a guess: the sender's own is none, unless the beginning is not known."""
        return segment.inferred and (side != segment.sender or self._begins_unknown)

    def folded(self, fold: Fold) -> str:
        """Return what a fold leaves out."""
        words, phrases = self.words, self.words.phrases
        parts = [words.counted(phrases.segments, len(fold.segments))] if fold.segments else []
        parts += [
            phrases.bytes_sent[side].format(count=f"{fold.bytes_from[side]:,}")
            for side in SIDES
            if fold.bytes_from[side]
        ]
        parts += [phrases.calls_named.format(count=f"{n:,}", call=name) for name, n in fold.call_names.items()]
        remarks = [
            phrases.remark_counted.format(count=f"{n:,}", remark=words.kind(kind)) for kind, n in fold.remarks.items()
        ]
        if fold.lost:
            remarks.append(words.ways.lost.format(count=f"{fold.lost:,}"))
        remarked = phrases.remarks.format(remarks=phrases.remarks_between.join(remarks)) if remarks else ""
        return phrases.folded.format(parts=phrases.parts_between.join(parts), time=time(fold.took_ns), remarks=remarked)

    def summary(self) -> str:
        """Return one line on the whole."""
        return summary(self._conversation, self.words)

    def _span(self, found: list[Segment]) -> str:
        first = self.frame(found[0])
        return first if len(found) == 1 else f"{first}…{self.frame(found[-1])}"


def flags(segment: Segment) -> str:
    """Return the control bits; a segment that carries data says so by its length."""
    return ",".join(flag_names(segment.flags)) or "no flags"


def numbers(segment: Segment) -> list[str]:
    """Return the relative numbers, the most important ones first."""
    found = [f"seq={segment.seq}"]
    if segment.ack is not None:
        found.append(f"ack={segment.ack}")
    if segment.length:
        found.append(f"len={segment.length}")
    return found


def details(segment: Segment) -> list[str]:
    """Return what is worth showing where there is room."""
    found = [f"win={segment.window}"]
    if segment.options.mss is not None:
        found.append(f"mss={segment.options.mss}")
    if segment.options.window_scale is not None:
        found.append(f"wscale={segment.options.window_scale}")
    if segment.options.sack_permitted:
        found.append("sack_ok")
    return found


def result(joined: JoinedCall) -> str:
    """Return what a call returned, as C has it; a process's end returns nothing."""
    call = joined.call
    if is_end(joined):
        return ""
    if call.errno is not None:
        return f"= -1 {call.errno}"
    if call.bytes is not None:
        return f"= {call.bytes}"
    return f"= {call.fd}" if call.call in ("socket", "accept", "dup") else "= 0"


def summary(conversation: Conversation, words: Words) -> str:
    """Return one line on a conversation: how it ended, and how much there was."""
    segments, phrases = conversation.segments, words.phrases
    parts = [
        phrases.outcomes[conversation.outcome],
        words.counted(phrases.segments, sum(1 for segment in segments if not segment.is_copy)),
        words.counted(phrases.calls, len(conversation.calls)),
    ]
    if segments:
        parts.append(time(segments[-1].t_ns - segments[0].t_ns))
    if conversation.vantages:
        points = words.ways.points_between.join(conversation.vantages)
        parts.append(words.ways.captured_at.format(points=points))
    if conversation.tunnels:
        parts.append(phrases.inside.format(tunnels=words.tunnels(conversation.tunnels)))
    return " · ".join(parts)
