"""Which sentence explains a retransmission: a timer is named as its cause only where the times allow it."""

from services.scope.calls.landmarks import Landmarks
from services.scope.model import Conversation, Flags, Segment

# TCP_RTO_MIN (include/net/tcp.h), a little less, as a segment is captured some time after it was sent.
_LEAST_TIME_OUT_NS = 195_000_000


class Repetitions:
    """The segments of a conversation that repeat an earlier one."""

    def __init__(self, conversation: Conversation, landmarks: Landmarks) -> None:
        self._segments = conversation.segments
        self._landmarks = landmarks
        self._rtt_ns = self._round_trip_ns()

    def before(self, index: int) -> Segment | None:
        """Return the same side's last segment that carried this one's first byte, or asked for the same."""
        segment = self._segments[index]
        for other in reversed(self._segments[:index]):
            if other.sender == segment.sender and not other.is_copy and other.seq <= segment.seq < end(other):
                return other
        return None

    def name(self, index: int) -> str:
        """Tell why data, or a FIN, is sent again."""
        segment, before = self._segments[index], self.before(index)
        if before is None:
            return "again_unknown"
        wait_ns = segment.t_ns - before.t_ns
        if wait_ns < self._rtt_ns:
            return "again_soon"  # no timer is shorter than this
        if wait_ns >= _LEAST_TIME_OUT_NS:
            return "again"
        return "again_early" if self._is_tail(index, segment) else "again_soon"

    def name_syn(self, index: int) -> str:
        """Tell why a SYN is sent again."""
        segment, before = self._segments[index], self.before(index)
        answers = [other for other in self._since(before, index) if other.sender != segment.sender]
        if any(other.has(Flags.SYN) for other in answers):
            return "syn_again_answered"
        if any(other.has(Flags.RST) for other in answers):
            return "syn_again_refused"
        return "syn_again" if self._has_timed_out(segment, before) else "again_soon"

    def name_syn_ack(self, index: int) -> str:
        """Tell why a SYN,ACK is sent again."""
        segment, before = self._segments[index], self.before(index)
        answers = [other for other in self._since(before, index) if other.sender != segment.sender]
        if any(other.has(Flags.SYN) for other in answers):
            return "syn_ack_again_asked"
        if not self._has_timed_out(segment, before):
            return "again_soon"
        third = self._landmarks.third_ack
        return "syn_ack_again" if third is not None and third < index else "syn_ack_again_unanswered"

    def _has_timed_out(self, segment: Segment, before: Segment | None) -> bool:
        return before is not None and segment.t_ns - before.t_ns >= _LEAST_TIME_OUT_NS

    def _since(self, before: Segment | None, index: int) -> list[Segment]:
        """Return what came between a segment and the one that it repeats."""
        if before is None:
            return []
        return [other for other in self._segments[:index] if other.number > before.number and not other.is_copy]

    def _is_tail(self, index: int, segment: Segment) -> bool:
        """Tell whether nothing behind it was sent before: a tail loss probe repeats the last segment (RFC 8985 7.3)."""
        return all(end(other) <= end(segment) for other in self._segments[:index] if other.sender == segment.sender)

    def _round_trip_ns(self) -> int:
        """Return how long the handshake took from the SYN that was answered to the ACK; 0 where that is not known."""
        third, syn_ack = self._landmarks.third_ack, self._landmarks.syn_ack
        syns = [index for index in self._landmarks.of["client"].syns if syn_ack is not None and index < syn_ack]
        return self._segments[third].t_ns - self._segments[syns[-1]].t_ns if third is not None and syns else 0


def end(segment: Segment) -> int:
    """Return one past a segment's last number."""
    behind = segment.seq + segment.length
    return behind + 1 if segment.has(Flags.SYN | Flags.FIN) else behind
