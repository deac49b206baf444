"""Gathers the conversations of several captures: which of them are one, seen from several vantage points."""

from collections.abc import Iterator, Mapping

from services.scope.model import Conversation, Endpoint, Segment, Side, peer_of
from services.scope.notes import NoteKind
from services.scope.tcp.follow import CONVERSATION_BYTES, SEGMENT_BYTES
from services.scope.tunnels import are_apart, network_of
from services.scope.vantage.merge import merge
from services.scope.vantage.views import PointView

_WRAP = 1 << 32

# What may wait for its other views: 400,000 segments. Past it the oldest is given as it is.
MAX_BYTES = 256 * 1_048_576


class Gathered:
    """The views of one conversation so far, by the name of the point."""

    def __init__(self, name: str, conversation: Conversation) -> None:
        self.views = {name: conversation}

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return sum(CONVERSATION_BYTES + SEGMENT_BYTES * len(view.segments) for view in self.views.values())

    @property
    def any_view(self) -> Conversation:
        """The one that came first."""
        return next(iter(self.views.values()))

    @property
    def first_ns(self) -> int:
        """The time of its first packet, on the clock of the point that was there first."""
        return self.any_view.segments[0].t_ns

    def takes(self, name: str, conversation: Conversation) -> bool:
        """Tell whether this is the same conversation, of a point that has not given it yet."""
        return name not in self.views and any(is_same(view, conversation) for view in self.views.values())

    def merged(self, watched_ns: Mapping[str, tuple[int, int]]) -> Conversation:
        """Return the conversation of all views; points that nothing else can put in order stand as in `watched_ns`.

        `watched_ns` has for each point the times of its first and its last packet of all.
        """
        return merge([PointView(name, self.views[name], watched_ns[name]) for name in watched_ns if name in self.views])


class Gathering:
    """What waits until all points have given their view of it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._waiting: dict[frozenset[Endpoint], list[Gathered]] = {}
        self._order: dict[int, Gathered] = {}  # by id, in the order in which they came

    def add(self, name: str, conversation: Conversation) -> Gathered:
        """Take a point's view of a conversation; return all that there is of it."""
        key = _ends(conversation)
        waiting = self._waiting.setdefault(key, [])
        found = next((one for one in waiting if one.takes(name, conversation)), None)
        before = 0 if found is None else found.bytes
        if found is None:
            found = Gathered(name, conversation)
            waiting.append(found)
            self._order[id(found)] = found
        else:
            found.views[name] = conversation
        self._bytes += found.bytes - before
        return found

    def take(self, gathered: Gathered) -> None:
        """Let go of one."""
        key = _ends(gathered.any_view)
        self._waiting[key].remove(gathered)
        if not self._waiting[key]:
            del self._waiting[key]
        del self._order[id(gathered)]
        self._bytes -= gathered.bytes

    def surplus(self) -> Iterator[Gathered]:
        """Give, and let go of, the oldest while there are too many."""
        while self._bytes > self._max_bytes and self._order:
            oldest = next(iter(self._order.values()))
            self.take(oldest)
            yield oldest

    def rest(self) -> list[Gathered]:
        """Return, and let go of, all that is left: no point will give any more."""
        left = sorted(self._order.values(), key=lambda one: one.first_ns)
        self._waiting.clear()
        self._order.clear()
        self._bytes = 0
        return left


def _ends(conversation: Conversation) -> frozenset[Endpoint]:
    return frozenset((conversation.client, conversation.server))


def is_same(one: Conversation, other: Conversation) -> bool:
    """Tell whether two captures saw the same conversation, of the same endpoints.

    By the initial sequence numbers; where a capture began in the middle, by the packets that both have.
    """
    if are_apart(network_of(one.tunnels), network_of(other.tunnels)):
        return False
    if NoteKind.NO_HANDSHAKE in one.kinds or NoteKind.NO_HANDSHAKE in other.kinds:
        return not _identities(one).isdisjoint(_identities(other))
    is_turned = one.client != other.client
    known = [
        (one.numbering[side].base, other.numbering[peer_of(side) if is_turned else side].base)
        for side in one.numbering
        if (peer_of(side) if is_turned else side) in other.numbering
    ]
    return bool(known) and all(mine == theirs for mine, theirs in known)


def _identities(conversation: Conversation) -> set[object]:
    """Return what tells packets with data, or with an end, from all others of the same addresses."""
    return {
        _identity(conversation, segment)
        for segment in conversation.segments
        if segment.ack is not None and segment.length
    } or {_identity(conversation, segment) for segment in conversation.segments}


def _identity(conversation: Conversation, segment: Segment) -> object:
    ends = conversation.client, conversation.server
    sender = ends[0] if segment.sender == "client" else ends[1]
    seq = _on_the_wire(conversation, segment.sender, segment.seq)
    ack = None if segment.ack is None else _on_the_wire(conversation, peer_of(segment.sender), segment.ack)
    return sender, seq, ack, segment.options.timestamps


def _on_the_wire(conversation: Conversation, side: Side, number: int) -> int:
    numbering = conversation.numbering.get(side)
    return (number + (0 if numbering is None else numbering.base)) % _WRAP
