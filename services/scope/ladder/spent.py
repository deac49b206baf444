"""Where a conversation's time went, as far as two vantage points and the calls tell it for certain.

It is cut into exchanges: what the client sends, and what comes back before it sends again; SYN and FIN count as data.
One point tells how long an exchange took, the other how long of that it was with the server's host; the rest was spent
on the network, however far the clocks are apart. Where the answer begins before all of the request is there, nobody can
tell what it waited for: such an exchange is not split. Nor is any where a clock was set meanwhile: its times differ by
what it was set, and the network's share could be less than nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from services.scope.ladder.stays import Part, Stays
from services.scope.ladder.ways import delay_of, end, is_delivered
from services.scope.model import Conversation, Flags, Segment, Side
from services.scope.vantages import Delay, SpentOn


class Exchange(NamedTuple):
    """A request and its answer: its first segment, and those that completed each where it went, by their indexes."""

    first: int
    request: int
    answer: int
    parts: tuple[Part, ...]  # from the request's first segment to the answer's last
    calls: tuple[Part, ...]  # before and after that, from the call that sent to the one that received
    there: Delay | None
    back: Delay | None
    is_message: bool  # it has data both ways, and could be split

    @property
    def all_parts(self) -> tuple[Part, ...]:
        """Where its time went: for the client's program where its calls are known, else for its host."""
        return _summed((*self.parts, *self.calls))

    @property
    def took_ns(self) -> int:
        """How long it took."""
        return sum(part.took_ns for part in self.all_parts)


class Spent(NamedTuple):
    """A conversation's time until its last answer, in parts, and its slowest message."""

    parts: tuple[Part, ...]
    slowest: Exchange | None

    @property
    def took_ns(self) -> int:
        """How long it took."""
        return sum(part.took_ns for part in self.parts)


def spent(conversation: Conversation) -> Spent | None:
    """Return where the time went; None where the conversation was captured at one point, or nothing was answered."""
    if not conversation.vantages:
        return None
    stays = Stays(conversation)
    parts: list[Part] = []
    slowest: Exchange | None = None
    came: int | None = None
    for turn in _turns(conversation):
        parts += stays.between("client", came, turn.first)
        exchange = _exchange(conversation, turn, stays)
        parts += exchange.parts
        rest_ns = turn.ended_ns(conversation) - conversation.segments[exchange.answer].seen_ns("client")
        parts.append(Part(SpentOn.UNKNOWN, None, rest_ns))
        if exchange.is_message and (slowest is None or exchange.took_ns > slowest.took_ns):
            slowest = exchange
        came = turn.last
    return Spent(_summed(parts), slowest) if parts else None


class _Turn(NamedTuple):
    """What the client sent, by its segments that left, and what came then, by those that arrived."""

    sent: tuple[int, ...]
    came: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.sent[0]

    @property
    def last(self) -> int:
        return self.came[-1]

    def ended_ns(self, conversation: Conversation) -> int:
        return conversation.segments[self.last].seen_ns("client")


def _turns(conversation: Conversation) -> Iterator[_Turn]:
    """Give the exchanges as the client's point saw them: what is not answered any more is none."""
    seen = [
        (segment.seen_ns("client"), index, segment.sender)
        for index, segment in enumerate(conversation.segments)
        if _carries(segment) and (segment.sender == "client" or is_delivered(segment))
    ]
    sent: tuple[int, ...] = ()
    for sender, group in groupby(sorted(seen), key=lambda one: one[2]):
        indexes = tuple(index for _, index, _ in group)
        if sender == "client":
            sent = indexes
        elif sent:
            yield _Turn(sent, indexes)


def _exchange(conversation: Conversation, turn: _Turn, stays: Stays) -> Exchange:
    segments = conversation.segments
    request = _completes(segments, _core(segments, turn.sent, turn.sent), "server")
    answers = _core(segments, turn.sent, turn.came)
    answer = _completes(segments, answers, "client")
    is_steady = all(clock.is_possible for clock in conversation.clocks)
    if request is None or answer is None or not is_steady:
        return _unsplit(conversation, turn)
    asked, answered = segments[request], segments[answer]
    replied = _tries(segments, "server", min(segments[index].seq for index in answers), answered)
    asked_ns, began_ns = asked.seen_ns("server"), segments[replied[0]].seen_ns("server")
    is_seen = all(segments[index].left_ns is not None for index in (*turn.sent, *replied))
    if began_ns < asked_ns or not is_seen or asked.arrived_ns is None or answered.arrived_ns is None:
        return _unsplit(conversation, turn)
    whole_ns = answered.seen_ns("client") - asked.seen_ns("client")
    if asked.has(Flags.SYN):  # which no call answers
        stayed = [Part(SpentOn.KERNEL, "server", began_ns - asked_ns)]
    else:
        stayed = stays.between("server", request, replied[0])
    parts = (
        *_sending(segments, turn.sent, request),
        Part(SpentOn.NETWORK, None, whole_ns - (answered.seen_ns("server") - asked_ns)),
        *stayed,
        *_sending(segments, replied, answer),
    )
    delays = delay_of(asked, conversation), delay_of(answered, conversation)
    calls = (*stays.before("client", turn.first), *stays.after("client", answer))
    return Exchange(
        turn.first,
        request,
        answer,
        _summed(parts),
        _summed(calls),
        *delays,
        is_message=bool(asked.length and answered.length),
    )


def _unsplit(conversation: Conversation, turn: _Turn) -> Exchange:
    took_ns = turn.ended_ns(conversation) - conversation.segments[turn.first].seen_ns("client")
    return Exchange(
        turn.first, turn.first, turn.last, (Part(SpentOn.UNKNOWN, None, took_ns),), (), None, None, is_message=False
    )


def _carries(segment: Segment) -> bool:
    """Tell whether it takes some of the sequence numbers."""
    return (
        not segment.is_copy
        and not segment.has(Flags.RST)
        and (segment.length > 0 or segment.has(Flags.SYN | Flags.FIN))
    )


def _core(segments: Sequence[Segment], sent: Iterable[int], group: Iterable[int]) -> list[int]:
    """Return of a group what matters: of a handshake the SYNs, of messages the data, else all."""
    asked = [segments[index] for index in sent]
    if any(segment.has(Flags.SYN) for segment in asked):
        return [index for index in group if segments[index].has(Flags.SYN)]
    if any(segment.length for segment in asked):
        return [index for index in group if segments[index].length]
    return list(group)


def _completes(segments: Sequence[Segment], group: Iterable[int], receiver: Side) -> int | None:
    """Return the segment with whose arrival all numbers of a group were there."""
    arrived = sorted((segments[index].seen_ns(receiver), index) for index in group if is_delivered(segments[index]))
    missing = {(segments[index].seq, end(segments[index])) for _, index in arrived}
    for _, index in arrived:
        one = segments[index]
        missing = {(begin, to) for begin, to in missing if not (one.seq <= begin and to <= end(one))}
        if not missing:
            return index
    return None


def _tries(segments: Sequence[Segment], side: Side, begin: int, last: Segment) -> list[int]:
    """Return what a side sent from a number on until a segment left, in this order: also what was lost."""
    found = [
        (segment.seen_ns(side), index)
        for index, segment in enumerate(segments)
        if segment.sender == side and _carries(segment) and segment.seq >= begin
    ]
    return [index for left_ns, index in sorted(found) if left_ns <= last.seen_ns(side)]


def _sending(segments: Sequence[Segment], group: Sequence[int], done: int) -> Iterator[Part]:
    """Give the time until the segment left that completed a message: in pieces, or again as it was lost before."""
    last = segments[done]
    side = last.sender
    tries = (segments[index] for index in group if segments[index].seq <= last.seq < end(segments[index]))
    tried_ns = min(segment.seen_ns(side) for segment in tries)
    yield Part(SpentOn.SENDING, side, tried_ns - segments[group[0]].seen_ns(side))
    yield Part(SpentOn.SENDING_AGAIN, side, last.seen_ns(side) - tried_ns)


def _summed(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts, each kind once, the longest first."""
    sums: Counter[tuple[SpentOn, Side | None]] = Counter()
    for part in parts:
        sums[part.on, part.side] += part.took_ns
    return tuple(Part(on, side, took_ns) for (on, side), took_ns in sums.most_common() if took_ns)
