"""What came before each segment, found in one pass: in a long conversation thousands may have been sent again."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.scope.calls.ranges import Ranges
from services.scope.ladder.ways import end
from services.scope.model import Flags, Segment, Side, peer_of
from services.scope.notes import NoteKind


class Past(NamedTuple):
    """What came before a segment: others by their indexes in the conversation, copies left out."""

    carrier: int | None  # the same side's last that carried this one's first number
    own: int | None  # the same side's last
    fin: int | None  # the other side's last FIN
    told_ns: int | None  # when the sender last saw a duplicate ACK since the carrier
    is_tail: bool  # its side has sent nothing beyond its end
    is_alone: bool  # an ACK of all before it has been sent, and none of its end


class Carriers:
    """Which segment, of those that were added, carried a number last."""

    def __init__(self) -> None:
        self._ranges: dict[Side, Ranges] = {"client": Ranges(), "server": Ranges()}

    def add(self, index: int, segment: Segment) -> None:
        """Add a segment."""
        self._ranges[segment.sender].give(segment.seq, end(segment), index)

    def find(self, segment: Segment) -> int | None:
        """Return the last of the same side that carried a segment's first number; None where none did."""
        return next(iter(self._ranges[segment.sender].owners(segment.seq, segment.seq + 1)), None)


class _Sent:
    """What one side has sent so far."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.fin: int | None = None
        self.end: int | None = None  # the highest of its segments
        self._acks: list[int] = []  # sorted
        # Its duplicate ACKs, each with when the peer saw it: without those after which one came that was seen later.
        self._told: list[int] = []
        self._told_ns: list[int] = []

    def add(self, index: int, segment: Segment) -> None:
        self.last = index
        if segment.has(Flags.FIN):
            self.fin = index
        behind = end(segment)
        self.end = behind if self.end is None else max(self.end, behind)
        insort(self._acks, segment.ack or 0)
        if NoteKind.DUPLICATE_ACK in segment.kinds:
            seen_ns = segment.seen_ns(peer_of(segment.sender))
            while self._told_ns and self._told_ns[-1] <= seen_ns:
                self._told.pop()
                self._told_ns.pop()
            self._told.append(index)
            self._told_ns.append(seen_ns)

    def has_acked_up_to(self, segment: Segment) -> bool:
        """Tell whether its highest ACK below the peer's segment's end is one of all before that segment."""
        at = bisect_left(self._acks, end(segment))
        return (self._acks[at - 1] if at else 0) >= segment.seq

    def told_ns(self, since: int | None) -> int | None:
        """Return when the peer saw the latest of the duplicate ACKs behind a segment; None where there is none."""
        at = len(self._told) if since is None else bisect_right(self._told, since)
        return self._told_ns[at] if at < len(self._told) else None


def pasts(segments: Iterable[Segment]) -> list[Past]:
    """Return what came before each of a conversation's segments."""
    carriers = Carriers()
    sent: dict[Side, _Sent] = {"client": _Sent(), "server": _Sent()}
    found = []
    for index, segment in enumerate(segments):
        own, peers, carrier = sent[segment.sender], sent[peer_of(segment.sender)], carriers.find(segment)
        is_tail = own.end is None or own.end <= end(segment)
        told_ns, is_alone = peers.told_ns(carrier), peers.has_acked_up_to(segment)
        found.append(Past(carrier, own.last, peers.fin, told_ns, is_tail, is_alone))
        if not segment.is_copy:
            carriers.add(index, segment)
            own.add(index, segment)
    return found


def neighbours(segments: Sequence[Segment]) -> tuple[list[int | None], list[int | None]]:
    """Return for each segment the last before it, and the first after it, that carried its first number."""
    backward = _last_carriers(reversed(list(enumerate(segments))))
    return _last_carriers(enumerate(segments)), backward[::-1]


def _last_carriers(segments: Iterable[tuple[int, Segment]]) -> list[int | None]:
    carriers = Carriers()
    found = []
    for index, segment in segments:
        found.append(carriers.find(segment))
        if not segment.is_copy:
            carriers.add(index, segment)
    return found
