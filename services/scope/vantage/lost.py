"""Which segments were lost, and where: on their way, or behind the last vantage point.

That a point did not see a segment does not make it lost: it may have missed it. If the receiver acknowledges its bytes
before they came once more, it has got them. That a point saw it does not mean that its receiver did: if the bytes come
once more, and were not acknowledged before, it did not (a firewall of its host, a full accept queue).
"""

from bisect import bisect_left
from collections.abc import Sequence

from services.scope.model import Side, peer_of
from services.scope.vantage.answers import Answer, Answers
from services.scope.vantage.crossings import Crossing, sender_first
from services.scope.vantage.path import Path
from services.scope.vantages import Loss, LossPlace

# Linux delays an ACK by 200 ms at most (TCP_DELACK_MAX). Sooner than that, only a receiver that tells of duplicates
# (RFC 2883) shows that a segment was not just sent once more than needed.
_DELAYED_NS = 200_000_000


class LossSearch:
    """What was lost of one conversation; `crossings` are all of it in the order of their times."""

    def __init__(self, path: Path, crossings: Sequence[Crossing]) -> None:
        self._path = path
        self._again: dict[Side, list[Crossing]] = {"client": [], "server": []}  # with bytes that were sent before
        answers: dict[Side, list[Answer]] = {"client": [], "server": []}
        self._has_sack: set[Side] = set()
        sent: dict[Side, int] = {}
        for crossing in crossings:
            packet = crossing.packet
            if packet.begin < min(sent.get(packet.side, packet.begin), packet.end):
                self._again[packet.side].append(crossing)
            sent[packet.side] = max(packet.end, sent.get(packet.side, packet.end))
            if packet.ack is not None:
                answers[packet.side].append(self._answer(crossing))
            if packet.options.sack_permitted:
                self._has_sack.add(packet.side)
        self._answers = {side: Answers(some) for side, some in answers.items()}
        for some in self._again.values():
            some.sort(key=lambda one: one.packet.begin)
        self._begins = {side: [one.packet.begin for one in some] for side, some in self._again.items()}
        self._longest = max((crossing.packet.length for crossing in crossings), default=0)

    def find(self, crossing: Crossing) -> Loss | None:
        """Return where a segment was lost; None where it was not, or where that is not certain."""
        way = sender_first(len(self._path.names), crossing.packet.side)
        last = max(at for at, point in enumerate(way) if point in crossing.sights)
        whole = crossing.packet.length
        seen = crossing.sights[way[last]].length
        if last == len(way) - 1 and seen == whole:
            dropped = self._is_dropped(crossing)
            return Loss(LossPlace.AFTER_ARRIVAL, self._path.names[way[last]]) if dropped else None
        if last == len(way) - 1:
            # A part of it came; the rest got as far as the last point that saw all.
            last = max((at for at, point in enumerate(way) if self._has_all(crossing, point)), default=last - 1)
        if not self._is_missed(crossing, way[last + 1], way[-1]):
            return None
        names = self._path.names[way[last]], self._path.names[way[last + 1]]
        came = crossing.sights.get(way[-1])
        return Loss(LossPlace.BETWEEN, *names, None if came is None else whole - came.length)

    def _has_all(self, crossing: Crossing, point: int) -> bool:
        sight = crossing.sights.get(point)
        return sight is not None and sight.length == crossing.packet.length

    def _is_missed(self, crossing: Crossing, missing: int, receiver: int) -> bool:
        """Tell whether a segment that a point did not see never came to its receiver."""
        packet = crossing.packet
        sent_ns = self._path.time_of(crossing)
        acked_ns = self._answers[peer_of(packet.side)].covers_ns(packet.begin, packet.end)
        if packet.end == packet.begin or (acked_ns is not None and acked_ns < sent_ns):
            return self._path.is_watching(missing, sent_ns)
        again = self._repeats(crossing)
        came_ns = min((self._path.at(one, receiver) for one in again if receiver in one.sights), default=None)
        if acked_ns is not None:
            return came_ns is not None and came_ns <= acked_ns
        return bool(again) or self._path.is_watching(missing, sent_ns)

    def _is_dropped(self, crossing: Crossing) -> bool:
        """Tell whether a segment that the last point saw did not come to its receiver's TCP."""
        packet = crossing.packet
        receiver = sender_first(len(self._path.names), packet.side)[-1]
        arrived_ns = self._path.at(crossing, receiver)
        if packet.end == packet.begin:
            return False
        again = [one for one in self._repeats(crossing) if receiver in one.sights]
        came_ns = min((self._path.at(one, receiver) for one in again), default=None)
        if came_ns is None:
            return False
        side = peer_of(packet.side)
        answers = self._answers[side]
        acked_ns = answers.covers_ns(packet.begin, packet.end)
        if acked_ns is not None and acked_ns < came_ns:
            return False
        latest = answers.latest(came_ns)
        if latest is not None and latest.edge < packet.end:
            return False  # the receiver had no room for it, and that is what the sender asked for
        if side in self._has_sack:
            return not answers.has_duplicate(packet.begin, packet.end, came_ns)
        # Without SACK only the first segment that is missing is known.
        return came_ns - arrived_ns >= _DELAYED_NS and (latest is None or latest.ack == packet.begin)

    def _repeats(self, crossing: Crossing) -> list[Crossing]:
        """Return the segments that bring bytes of this one once more."""
        packet, begins = crossing.packet, self._begins[crossing.packet.side]
        first = bisect_left(begins, packet.begin - self._longest - 1)
        last = bisect_left(begins, packet.end)
        near = self._again[packet.side][first:last]
        later_ns = self._path.time_of(crossing) if near else 0
        return [one for one in near if one.packet.end > packet.begin and self._path.time_of(one) > later_ns]

    def _answer(self, crossing: Crossing) -> Answer:
        packet = crossing.packet
        ack = packet.ack or 0
        blocks = tuple(self._path.relative(peer_of(packet.side), block, ack) for block in packet.options.sack)
        window = self._path.window_of(packet)
        left_ns = self._path.left_ns(crossing)
        return Answer(self._path.time_of(crossing) if left_ns is None else left_ns, ack, blocks, ack + window)
