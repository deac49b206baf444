"""Reads captures to their ends, and gives their conversations one after another, each when it is complete."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import repeat
from typing import Any

from services.scope.calls.assemble import Assembler
from services.scope.capture.frames import Frame
from services.scope.model import Conversation
from services.scope.read.capture_file import CaptureFile
from services.scope.read.remarks import Totals, on_file, on_whole
from services.scope.vantage.gathering import Gathered, Gathering
from services.scope.words.words import Words
from shared.calls import as_record

_ENGLISH = Words("en")

# Conversations that are over are given after each so many packets. Looking more often would cost time; and a capture
# shorter than this is given in the order of the conversations' first packets.
_PACKETS_A_ROUND = 4096


class Reading:
    """One capture or several: their conversations and, once all are read, remarks on the whole.

    Several are of vantage points of the same path: what more than one of them saw of a conversation becomes one. They
    are read together, in the order of their times, so that little waits for what the others have of it; frames are
    numbered in that order, as in a file that mergecap makes of them.
    """

    def __init__(self, captures: Sequence[CaptureFile], assembler: Assembler) -> None:
        self.packets = 0  # with TCP in them
        self.given = 0  # conversations
        self._with_calls = self._of_calls_only = self._seen_once = 0  # conversations
        self._captures = captures
        self._assembler = assembler
        self._gathering = Gathering()
        self._is_through = False

    def run(self) -> Iterator[Conversation]:
        """Give the conversations as they end, then those still open, then those of which there are only calls.

        Raises NotACapture.
        """
        for conversation in self._followed():
            self._assembler.complete(conversation)
            if conversation.calls:
                self._with_calls += 1
            self.given += 1
            yield conversation
        for conversation in self._assembler.rest():
            self._of_calls_only += 1
            self.given += 1
            yield conversation
        self._is_through = True

    def remarks(self, words: Words) -> list[str]:
        """Return the remarks on the whole; none before all has been read. Of several captures it says which one."""
        if not self._is_through:
            return []
        found = []
        for capture in self._captures:
            for remark in on_file(self._totals(capture), words):
                is_alone = len(self._captures) == 1
                found.append(remark if is_alone else words.phrases.about_file.format(file=capture.name, remark=remark))
        return [*found, *on_whole(self._totals(*self._captures), words)]

    def rest(self) -> dict[str, Any]:
        """Return the fields that the document has after its conversations: calls and remarks that belong to none."""
        calls, notices = self._assembler.left_over() if self._is_through else ([], [])
        return {
            "calls": [as_record(call) for call in calls],
            "notes": self.remarks(_ENGLISH) + [_ENGLISH.note(notice) for notice in notices],
        }

    def _totals(self, *captures: CaptureFile) -> Totals:
        """Return what was counted; what is said of a file alone is the first one's."""
        spans_ns = [capture.span_ns for capture in captures if capture.packets] or [(0, 0)]
        return Totals(
            packets=sum(capture.packets for capture in captures),
            skipped=captures[0].decoder.skipped,
            odd=captures[0].odd,
            damage=captures[0].damage,
            call_records=self._assembler.records,
            with_calls=self._with_calls,
            of_calls_only=self._of_calls_only,
            given_up=sum(capture.follower.given_up.conversations for capture in captures),
            passed_over=sum(capture.follower.given_up.packets for capture in captures),
            calls_ns=self._assembler.span_ns,
            packets_ns=(min(first for first, _ in spans_ns), max(last for _, last in spans_ns)),
            seen_once=self._seen_once,
        )

    def _followed(self) -> Iterator[Conversation]:
        round_at = _PACKETS_A_ROUND
        for capture, frame in self._frames():
            if not capture.feed(frame):
                continue
            self.packets += 1
            if self.packets >= round_at:
                yield from self._over()
                # Each round looks at all open conversations, so the more there are, the rarer the rounds.
                still_open = sum(len(capture.follower) for capture in self._captures)
                round_at = self.packets + max(_PACKETS_A_ROUND, still_open // 8)
        yield from self._left()

    def _frames(self) -> Iterator[tuple[CaptureFile, Frame]]:
        streams = [zip(repeat(capture), capture.frames(), strict=False) for capture in self._captures]
        if len(streams) == 1:
            yield from streams[0]
            return
        in_order = merge(*streams, key=lambda one: one[1].t_ns)
        for number, (capture, frame) in enumerate(in_order, 1):
            yield capture, frame._replace(number=number)

    def _over(self) -> Iterator[Conversation]:
        """Give those that are over; of several captures, once all have given their view, or there is no more room."""
        if len(self._captures) == 1:
            yield from self._captures[0].take()
            return
        for capture in self._captures:
            for conversation in capture.take():
                found = self._gathering.add(capture.vantage, conversation)
                if len(found.views) == len(self._captures):
                    self._gathering.take(found)
                    yield self._merged(found)
        yield from map(self._merged, self._gathering.surplus())

    def _left(self) -> Iterator[Conversation]:
        if len(self._captures) == 1:
            yield from self._captures[0].follower.drain()
            return
        for capture in self._captures:
            for conversation in capture.follower.drain():
                self._gathering.add(capture.vantage, conversation)
        yield from map(self._merged, self._gathering.rest())

    def _merged(self, found: Gathered) -> Conversation:
        if len(found.views) == 1:
            self._seen_once += 1
        return found.merged({capture.vantage: capture.span_ns for capture in self._captures})
