"""Makes one conversation of what several vantage points have of it."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import merge as merged
from itertools import accumulate
from operator import itemgetter

from services.scope.model import SIDES, Conversation, Note, peer_of
from services.scope.notes import NoteKind
from services.scope.tcp.track import Pair
from services.scope.vantage.clocks import chained, clock_of
from services.scope.vantage.crossings import Crossing, follow, sender_first
from services.scope.vantage.lost import LossSearch
from services.scope.vantage.order import place
from services.scope.vantage.path import Path
from services.scope.vantage.retelling import retell
from services.scope.vantage.unseen import gaps
from services.scope.vantage.views import Numberings, PointView, Seen
from services.scope.vantages import VantageClock

# Of the whole, what is known only where a capture was followed; Track notes the rest once more.
_KEPT = (NoteKind.COPIES, NoteKind.NOT_KEPT, NoteKind.GIVEN_UP)


def merge(views: Sequence[PointView]) -> Conversation:
    """Return the conversation that these points saw; with one point it is that point's."""
    if len(views) == 1:
        return views[0].conversation
    # Who opened it is known where its SYN was seen.
    best = min(views, key=lambda view: NoteKind.NO_HANDSHAKE in view.conversation.kinds)
    ends = Pair(best.conversation.client, best.conversation.server)
    numbering = _numbering(best, views)
    by_place = sorted(((view.seen(ends.client, numbering), view) for view in views), key=lambda one: place(one[0]))
    packets, ordered = [one[0] for one in by_place], [one[1] for one in by_place]
    crossings = follow(packets)
    path = Path(ordered, _clocks(ordered, crossings), numbering)
    crossings = _in_order(path, crossings)
    losses = LossSearch(path, crossings)
    found = [losses.find(crossing) for crossing in crossings]
    conversation = retell(ends, path, ordered, crossings, found)
    at_client = sorted(range(len(crossings)), key=lambda index: _client_ns(path, crossings[index]))
    if at_client != sorted(at_client) and NoteKind.NOT_KEPT not in conversation.kinds:
        # What was on its way together came to the client in another order: its states follow from that one.
        theirs = retell(ends, path, ordered, [crossings[at] for at in at_client], [found[at] for at in at_client])
        for at, segment in zip(at_client, theirs.segments, strict=True):
            conversation.segments[at].client_state = segment.client_state
    conversation.tunnels = max((view.conversation.tunnels for view in views), key=len)
    _keep_notes(conversation, ordered)
    conversation.vantages, conversation.clocks, conversation.numbering = path.names, path.clocks, numbering
    for segment, crossing, loss in zip(conversation.segments, crossings, found, strict=True):
        segment.left_ns, segment.arrived_ns = path.left_ns(crossing), path.arrived_ns(crossing)
        segment.lost = loss
    if not any(NoteKind.NOT_KEPT in view.conversation.kinds for view in views):
        _note_unseen(conversation, crossings, packets)
    return conversation


def _note_unseen(conversation: Conversation, crossings: Sequence[Crossing], packets: Sequence[Sequence[Seen]]) -> None:
    """Note on segments what was lost before them, before any point saw it."""
    for side in SIDES:
        of_side = [[one for one in some if one.side == side] for some in packets]
        nearest, *others = (of_side[point] for point in sender_first(len(packets), side))
        lost = gaps(nearest, {one.identification for some in others for one in some})
        at = {(one.t_ns, one.begin): lost[one.frame] for one in nearest if one.frame in lost}
        point = sender_first(len(packets), side)[0]
        for segment, crossing in zip(conversation.segments, crossings, strict=True):
            sight = crossing.sights.get(point)
            if crossing.packet.side == side and sight is not None:
                number = at.pop((sight.first_ns, crossing.packet.begin), None)
                if number is not None:
                    segment.notes.append(Note(NoteKind.LOST_BEFORE_LEAVING, number))


def _client_ns(path: Path, crossing: Crossing) -> int:
    """Return when the client's point saw a segment; where that did not, when it was seen at all."""
    seen_ns = path.left_ns(crossing) if crossing.packet.side == "client" else path.arrived_ns(crossing)
    return path.time_of(crossing) if seen_ns is None else seen_ns


def _numbering(best: PointView, views: Iterable[PointView]) -> Numberings:
    """Return where the numbers of both sides begin: as the best view knows, else as any other."""
    found = dict(best.conversation.numbering)
    for view in views:
        is_turned = view.conversation.client != best.conversation.client
        for side, numbering in view.conversation.numbering.items():
            found.setdefault(peer_of(side) if is_turned else side, numbering)
    return found


def _clocks(views: Sequence[PointView], crossings: Sequence[Crossing]) -> tuple[VantageClock, ...]:
    clocks = []
    for point, view in enumerate(views[:-1]):
        clocks.append(clock_of(view.name, point, crossings, _span_ns(views[point + 1])))
    return chained(clocks, _span_ns(views[-1]))


def _span_ns(view: PointView) -> tuple[int, int]:
    times_ns = [segment.t_ns for segment in view.conversation.segments]
    return min(times_ns), max(times_ns)


def _in_order(path: Path, crossings: Iterable[Crossing]) -> list[Crossing]:
    """Return all in the order of their times; those that the server's point saw as it saw them."""
    last = len(path.names) - 1
    at_server = sorted((one for one in crossings if one.point == last), key=lambda one: one.packet.frame)
    # What the server's point saw and did not keep is left out, whoever else kept it.
    elsewhere = [one for one in crossings if one.point != last and not path.has_gap(last, path.time_of(one))]
    places_ns = {id(one): path.time_of(one) for one in (*at_server, *elsewhere)}
    # What the client sent and the server's point did not see has its place behind what had left before it.
    before_ns = _arrivals(path, at_server)
    for one in elsewhere:
        left_ns = path.left_ns(one) if one.packet.side == "client" else None
        if left_ns is not None:
            behind = bisect_left(before_ns, left_ns, key=itemgetter(0))
            places_ns[id(one)] = max(left_ns, before_ns[behind - 1][1] if behind else left_ns)

    def place_ns(one: Crossing) -> int:
        return places_ns[id(one)]

    elsewhere.sort(key=lambda one: (place_ns(one), path.time_of(one)))
    return list(merged(at_server, elsewhere, key=place_ns))


def _arrivals(path: Path, at_server: Iterable[Crossing]) -> list[tuple[int, int]]:
    """Return when each of the client's segments left, and by when it and those before were at the server's point."""
    from_client = (one for one in at_server if one.packet.side == "client")
    left = sorted((left_ns, path.time_of(one)) for one in from_client if (left_ns := path.left_ns(one)) is not None)
    by_ns = accumulate((came_ns for _, came_ns in left), max)
    return [(left_ns, came_ns) for (left_ns, _), came_ns in zip(left, by_ns, strict=True)]


def _keep_notes(conversation: Conversation, views: Iterable[PointView]) -> None:
    """Note of the whole what any point noted, and only it could."""
    for kind in _KEPT:
        found = [note.number or 0 for view in views for note in view.conversation.notes if note.kind is kind]
        if found:
            conversation.notes.append(Note(kind, max(found) or None))
