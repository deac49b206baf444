"""A conversation as one vantage point saw it, in numbers that are the same at all points."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from services.scope.model import SIDES, Conversation, Endpoint, Flags, Options, Segment, Side, peer_of
from services.scope.notes import NoteKind
from services.scope.vantages import Numbering

_WRAP = 1 << 32
_HALF = 1 << 31

_SYN, _FIN = int(Flags.SYN), int(Flags.FIN)
_TAKES_NUMBERS = int(Flags.SYN | Flags.FIN)


class Seen(NamedTuple):
    """A packet that a point saw, or a part of one; numbers are relative, and count from the same for all points."""

    t_ns: int  # on the point's clock
    side: Side  # that sent it
    begin: int
    length: int
    ack: int | None
    flags: int
    window: int  # as on the wire
    identification: int
    options: Options
    frame: int
    hops: int = 0
    pieces: int = 1  # how many packets the wire has of it (GSO)

    @property
    def data_end(self) -> int:
        """The number behind its last byte."""
        return self.begin + self.length

    @property
    def end(self) -> int:
        """The number behind all that it occupies: SYN and FIN count as one each."""
        return self.begin + self.length + (1 if self.flags & _TAKES_NUMBERS else 0)

    def part(self, begin: int, end: int) -> "Seen":
        """Return these bytes of it, as the wire had them in a packet of their own, whose identification is unknown."""
        flags = self.flags if end == self.data_end else self.flags & ~_FIN
        return self._replace(begin=begin, length=end - begin, flags=flags, identification=0)


Numberings: TypeAlias = dict[Side, Numbering]


class PointView(NamedTuple):
    """What one vantage point has of a conversation."""

    name: str
    conversation: Conversation
    # The times of the first and the last packet that the point has captured so far, of whatever conversation.
    watched_ns: tuple[int, int]

    def seen(self, client: Endpoint, base: Numberings) -> list[Seen]:
        """Return its packets in the order of their capture, without copies, numbered from `base`."""
        is_turned = self.conversation.client != client
        return list(_seen(self.conversation, base, is_turned=is_turned))

    def gap_ns(self) -> tuple[int, int] | None:
        """Return the times between which its segments were not kept, to save memory."""
        number = 0
        before_ns = 0
        for segment in self.conversation.segments:
            if segment.is_copy:
                continue
            if number and segment.number > number + 1:
                return before_ns, segment.t_ns
            number, before_ns = segment.number, segment.t_ns
        return None


def _seen(conversation: Conversation, base: Numberings, *, is_turned: bool) -> Iterator[Seen]:
    own: Numberings = {
        (peer_of(side) if is_turned else side): numbering for side, numbering in conversation.numbering.items()
    }
    shifts = {side: _shift(own.get(side), base.get(side)) for side in SIDES}
    for segment in conversation.segments:
        if segment.is_copy:
            continue
        side = peer_of(segment.sender) if is_turned else segment.sender
        ack = None if segment.ack is None else segment.ack + shifts[peer_of(side)]
        window = _unscaled(segment, own.get(side))
        yield Seen(
            segment.t_ns,
            side,
            segment.seq + shifts[side],
            segment.length,
            ack,
            segment.flags,
            window,
            segment.identification,
            segment.options,
            segment.frame,
            segment.hops,
            next((note.number or 1 for note in segment.notes if note.kind is NoteKind.GSO), 1),
        )


def _shift(own: Numbering | None, base: Numbering | None) -> int:
    """Return what to add to a relative number: a point that saw no SYN counts from another one."""
    if own is None or base is None:
        return 0
    return (own.base - base.base + _HALF) % _WRAP - _HALF


def _unscaled(segment: Segment, numbering: Numbering | None) -> int:
    return segment.window if numbering is None or segment.flags & _SYN else segment.window >> numbering.scale
