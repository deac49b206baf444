"""Reads a capture to its end, and gives its conversations one after another, each when it is complete."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, BinaryIO

from services.scope.calls.assemble import Assembler
from services.scope.capture.decode import Decoder
from services.scope.capture.frames import CaptureDamaged, Oddity
from services.scope.capture.reader import read_capture
from services.scope.model import Conversation, Packet
from services.scope.read.remarks import Totals, remarks
from services.scope.tcp.follow import Follower
from services.scope.words.words import Words
from shared.calls import as_record

_ENGLISH = Words("en")

# Conversations that are over are given after each so many packets. Looking more often would cost time; and a capture
# shorter than this is given in the order of the conversations' first packets.
_PACKETS_A_ROUND = 4096


class Reading:
    """One capture: its conversations and, once it has been read, remarks on the whole."""

    def __init__(self, stream: BinaryIO, assembler: Assembler, server_ports: Collection[int] = ()) -> None:
        self.packets = 0  # with TCP in them
        self.given = 0  # conversations
        self._with_calls = self._of_calls_only = 0  # conversations
        self._stream = stream
        self._assembler = assembler
        self._follower = Follower(server_ports)
        self._decoder = Decoder()
        self._is_through = False
        self._span_ns = (0, 0)  # of the packets
        self._damage: CaptureDamaged | None = None
        self._odd: Counter[Oddity] = Counter()

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
        """Return the remarks on the whole capture; none before it has been read to its end."""
        if not self._is_through:
            return []
        return list(
            remarks(
                Totals(
                    packets=self.packets,
                    skipped=self._decoder.skipped,
                    odd=self._odd,
                    damage=self._damage,
                    call_records=self._assembler.records,
                    with_calls=self._with_calls,
                    of_calls_only=self._of_calls_only,
                    given_up=self._follower.given_up.conversations,
                    passed_over=self._follower.given_up.packets,
                    calls_ns=self._assembler.span_ns,
                    packets_ns=self._span_ns,
                ),
                words,
            )
        )

    def rest(self) -> dict[str, Any]:
        """Return the fields that the document has after its conversations: calls and remarks that belong to none."""
        calls, notices = self._assembler.left_over() if self._is_through else ([], [])
        return {
            "calls": [as_record(call) for call in calls],
            "notes": self.remarks(_ENGLISH) + [_ENGLISH.note(notice) for notice in notices],
        }

    def _followed(self) -> Iterator[Conversation]:
        round_at = _PACKETS_A_ROUND
        for packet in self._packets():
            self._follower.feed(packet)
            self.packets += 1
            if self.packets >= round_at:
                yield from self._follower.take(packet.t_ns)
                # Each round looks at all open conversations, so the more there are, the rarer the rounds.
                round_at = self.packets + max(_PACKETS_A_ROUND, len(self._follower) // 8)
        yield from self._follower.drain()

    def _packets(self) -> Iterator[Packet]:
        try:
            for frame in read_capture(self._stream, self._odd):
                packet = self._decoder.decode(frame)
                if packet is not None:
                    self._span_ns = self._span_ns[0] or packet.t_ns, packet.t_ns
                    yield packet
        except CaptureDamaged as damage:
            self._damage = damage
