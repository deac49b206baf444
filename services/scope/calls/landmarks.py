"""Where a conversation's landmarks are: the handshake, the ends, and which segment carried which byte."""

from services.scope.calls.ranges import Ranges
from services.scope.model import Conversation, Flags, Segment, Side
from services.scope.notes import PROBES, SENT_AGAIN, NoteKind


class Direction:
    """What one side sent, by the indexes of its segments. The FIN is the byte behind the last one, as in TCP itself.

    `sent` has for each byte the segment that carried it first; `delivered` the last segment with it before the peer
    acknowledged it, which is the one that reached the peer, and none that is known to be lost. A byte's number is its
    offset in the stream. Where segments were left out (`has_gaps`), a retransmission is not taken for the first segment
    with its bytes.
    """

    def __init__(self, *, has_gaps: bool) -> None:
        self._has_gaps = has_gaps
        self.syns: list[int] = []
        self.rsts: list[int] = []
        self.aborts: list[int] = []  # RSTs that answer no segment, but abort the connection: they have ACK
        self.sent = Ranges()
        self.delivered = Ranges()
        self.fin: int | None = None  # the number of that byte
        self._next = 0  # the first byte that was never sent
        self._acknowledged = 0  # the first byte that the peer does not have

    def add(self, index: int, segment: Segment) -> None:
        """Take in a segment that it sent."""
        if segment.has(Flags.RST):
            self.rsts.append(index)
            if segment.has(Flags.ACK):
                self.aborts.append(index)
            return
        begin = segment.seq - 1
        if segment.has(Flags.SYN):
            self.syns.append(index)
            begin += 1
        end = begin + segment.length
        if segment.has(Flags.FIN):
            self.fin = end
            end += 1
        # Some of it came, and was not there before: a spurious one's receiver has acknowledged all of it, be it in a
        # segment that was not kept.
        if (segment.lost is None or segment.lost.length is not None) and not _is_spurious(segment):
            self.delivered.give(max(begin, self._acknowledged), end, index)
        if not any(note.kind in PROBES for note in segment.notes):
            fresh = self._next if self._has_gaps and _repeats(segment) else 0
            self.sent.give_free(max(begin, fresh), end, index)
            self._next = max(self._next, end)

    def acknowledge(self, ack: int) -> None:
        """Take in that the peer has everything before this relative number."""
        self._acknowledged = max(self._acknowledged, ack - 1)


class Landmarks:
    """A conversation's landmarks, found in one pass over its segments."""

    def __init__(self, conversation: Conversation) -> None:
        has_gaps = NoteKind.NOT_KEPT in conversation.kinds
        self.of: dict[Side, Direction] = {
            "client": Direction(has_gaps=has_gaps),
            "server": Direction(has_gaps=has_gaps),
        }
        self.syn_ack: int | None = None  # the first of the server's
        self.third_ack: int | None = None  # the first of the client's that acknowledges the server's SYN
        for index, segment in enumerate(conversation.segments):
            if segment.is_copy:
                continue
            self.of[segment.sender].add(index, segment)
            if segment.ack is None:
                continue
            has_come = segment.lost is None
            if segment.sender == "client":
                self.of["server"].acknowledge(segment.ack)
                if has_come and self.third_ack is None and self.syn_ack is not None and segment.ack > 0:
                    self.third_ack = index
            else:
                self.of["client"].acknowledge(segment.ack)
                if has_come and self.syn_ack is None and segment.has(Flags.SYN):
                    self.syn_ack = index
        # Without the SYN nobody knows the number of a stream's first byte.
        self.has_offsets = NoteKind.NO_HANDSHAKE not in conversation.kinds


def _is_spurious(segment: Segment) -> bool:
    return any(note.kind is NoteKind.SPURIOUS_RETRANSMISSION for note in segment.notes)


def _repeats(segment: Segment) -> bool:
    return any(note.kind in SENT_AGAIN and note.number is not None for note in segment.notes)
