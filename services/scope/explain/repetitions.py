"""Which sentence explains what a timer may have sent: it is named as the cause only where the times allow it."""

from services.scope.calls.landmarks import Landmarks
from services.scope.explain.history import pasts
from services.scope.model import SIDES, Conversation, Flags, Segment
from services.scope.notes import PROBES

# TCP_RTO_MIN (include/net/tcp.h), a little less, as a segment is captured some time after it was sent.
_LEAST_TIME_OUT_NS = 195_000_000

# An ACK is not held back for so long (RFC 1122 4.2.3.2).
_LATEST_ACK_NS = 500_000_000


class Repetitions:
    """The segments of a conversation that repeat an earlier one."""

    def __init__(self, conversation: Conversation, landmarks: Landmarks) -> None:
        self._segments = conversation.segments
        self._pasts = pasts(conversation.segments)
        self._landmarks = landmarks
        self._rtt_ns = self._round_trip_ns()

    def before(self, index: int) -> Segment | None:
        """Return the same side's last segment that carried this one's first byte, or asked for the same."""
        return self._at(self._pasts[index].carrier)

    def name(self, index: int) -> str:
        """Tell why data, or a FIN, is sent again."""
        segment, before = self._segments[index], self.before(index)
        if before is None:
            return "again_unknown"
        if before.has(Flags.SYN):
            return "again_of_syn"
        told_ns = self._pasts[index].told_ns
        if told_ns is not None and not self._is_late(segment.seen_ns(segment.sender) - told_ns):
            return "again_told"
        if self._is_late(gap_ns(before, segment)):
            return "again"
        return "again_early" if self._is_probe(index, gap_ns(before, segment)) else "again_soon"

    def name_spurious(self, index: int) -> str:
        """Tell why data is sent again that its receiver has acknowledged."""
        segment, before = self._segments[index], self.before(index)
        if before is None:
            return "again_spurious_unseen"
        waited_ns = gap_ns(before, segment)
        is_timed = self._is_late(waited_ns) or self._is_probe(index, waited_ns)
        return "again_spurious" if is_timed else "again_spurious_soon"

    def name_probe(self, index: int, name: str) -> str:
        """Return the name of a probe, or that of what only looks like one: no timer can have sent it."""
        segment = self._segments[index]
        since = self._at(self._pasts[index].own) if name == "keepalive" else self._closing(index)
        is_early = since is not None and gap_ns(since, segment) < _LEAST_TIME_OUT_NS
        return f"{name}_early" if is_early else name

    def name_fin(self, index: int, name: str) -> str:
        """Return the name of a FIN that answers or crosses another, or that of one too late for either."""
        segment, other = self._segments[index], self.fin_before(index)
        latest_ns = self._rtt_ns + (_LATEST_ACK_NS if name == "fin_with_ack" else _LEAST_TIME_OUT_NS)
        return name if other is None or gap_ns(other, segment) <= latest_ns else f"{name}_late"

    def fin_before(self, index: int) -> Segment | None:
        """Return the other side's last FIN before a segment."""
        return self._at(self._pasts[index].fin)

    def name_syn(self, index: int) -> str:
        """Tell why a SYN is sent again."""
        segment, before = self._segments[index], self.before(index)
        answers = self._answers_to(index)
        if any(other.has(Flags.SYN) for other in answers):
            return "syn_again_answered"
        if any(other.has(Flags.RST) for other in answers):
            return "syn_again_refused"
        return "syn_again" if self._has_timed_out(segment, before) else "again_soon"

    def name_syn_ack(self, index: int) -> str:
        """Tell why a SYN,ACK is sent again."""
        segment, before = self._segments[index], self.before(index)
        answers = self._answers_to(index)
        if any(other.has(Flags.SYN) for other in answers):
            return "syn_ack_again_asked"
        if not self._has_timed_out(segment, before):
            return "again_soon"
        third = self._landmarks.third_ack
        return "syn_ack_again" if third is not None and third < index else "syn_ack_again_unanswered"

    def _at(self, index: int | None) -> Segment | None:
        return None if index is None else self._segments[index]

    def _is_late(self, waited_ns: int) -> bool:
        """Tell whether a retransmission timer can have run out; none is set to less than a round trip."""
        return waited_ns >= max(_LEAST_TIME_OUT_NS, self._rtt_ns)

    def _has_timed_out(self, segment: Segment, before: Segment | None) -> bool:
        return before is not None and gap_ns(before, segment) >= _LEAST_TIME_OUT_NS

    def _answers_to(self, index: int) -> list[Segment]:
        """Return what the other side sent between a segment and the one that it repeats."""
        carrier, sender = self._pasts[index].carrier, self._segments[index].sender
        if carrier is None:
            return []
        since = self._segments[carrier + 1 : index]
        return [other for other in since if other.sender != sender and not other.is_copy]

    def _is_probe(self, index: int, waited_ns: int) -> bool:
        """Tell whether it can be a tail loss probe (RFC 8985 7.2, 7.3).

        It repeats the last segment, after two round trips; where nothing else is unacknowledged, 200 ms later still.
        """
        past = self._pasts[index]
        return past.is_tail and not past.is_alone and 0 < 2 * self._rtt_ns <= waited_ns

    def _closing(self, index: int) -> Segment | None:
        """Return the segment that closed the window before a probe, or the probe before."""
        closing = None
        for at in range(index - 1, -1, -1):
            other = self._segments[at]
            if other.is_copy:
                continue
            if other.sender == self._segments[index].sender:
                if not PROBES.isdisjoint(other.kinds):
                    return other
            elif other.window:
                return closing
            else:
                closing = other
        return closing

    def _round_trip_ns(self) -> int:
        """Return how long the handshake took; 0 where that is not known.

        Of a SYN that was sent again nobody knows which one is answered (Karn's algorithm, RFC 6298 3).
        """
        third, syn_ack = self._landmarks.third_ack, self._landmarks.syn_ack
        asked, answered = (self._landmarks.of[side].syns for side in SIDES)
        if third is None or syn_ack is None or not (len(asked) == len(answered) == 1 and asked[0] < syn_ack):
            return 0
        return self._segments[third].t_ns - self._segments[asked[0]].t_ns


def gap_ns(before: Segment, segment: Segment) -> int:
    """Return the time from one segment to another, as the other's sender saw it."""
    return segment.seen_ns(segment.sender) - before.seen_ns(segment.sender)
