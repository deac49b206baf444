"""Makes the segments of a conversation from what crossed its path: with states and notes that know what was lost."""

from collections.abc import Sequence
from dataclasses import replace

from services.scope.model import Conversation, Packet, peer_of
from services.scope.notes import NoteKind
from services.scope.tcp.track import Pair
from services.scope.vantage.crossings import Crossing
from services.scope.vantage.path import Path
from services.scope.vantage.track import LossyTrack
from services.scope.vantage.views import PointView
from services.scope.vantages import Loss

_WRAP = 1 << 32


def retell(
    ends: Pair, path: Path, views: Sequence[PointView], crossings: Sequence[Crossing], losses: Sequence[Loss | None]
) -> Conversation:
    """Return a conversation with one segment for each of these, in their order; `views` are in that of the path."""
    if any(NoteKind.NOT_KEPT in view.conversation.kinds for view in views):
        return _spliced(ends, path, views[-1], crossings)
    first = _packet(ends, path, crossings[0])
    segments = views[-1].conversation.segments
    is_reused = bool(segments) and NoteKind.PORT_REUSED in segments[0].kinds
    track = LossyTrack(ends, first, len(crossings), reused=is_reused)
    for crossing, loss in zip(crossings, losses, strict=True):
        packet, from_client = _packet(ends, path, crossing), crossing.packet.side == "client"
        if loss is None or loss.length is not None:
            track.add(packet, from_client=from_client)
        else:
            track.add_lost(packet, from_client=from_client)
    return track.finish()


def _packet(ends: Pair, path: Path, crossing: Crossing) -> Packet:
    """Return it as the server's point saw it, or would have.

    Without its hops, which differ from point to point, and at one point tell a packet from its copy.
    """
    packet = crossing.packet
    source, destination = ends if packet.side == "client" else (ends.server, ends.client)
    ack = 0 if packet.ack is None else packet.ack + path.base_of(peer_of(packet.side))
    return Packet(
        path.time_of(crossing),
        source,
        destination,
        (packet.begin + path.base_of(packet.side)) % _WRAP,
        ack % _WRAP,
        packet.flags,
        packet.window,
        packet.length,
        packet.options,
        packet.frame,
        (),
        packet.identification,
    )


def _spliced(ends: Pair, path: Path, server: PointView, crossings: Sequence[Crossing]) -> Conversation:
    """Return the server's view with the segments between that it did not see.

    Of a long conversation each point kept another part, so the whole cannot be followed once more.
    """
    kept = {segment.frame: segment for segment in server.conversation.segments}
    found = Conversation(ends.client, ends.server, server.conversation.outcome)
    is_turned = server.conversation.client != ends.client
    own, inserted = server.conversation.segments[0], 0
    number = own.number - 1  # of the last that it saw: none so far
    for crossing in crossings:
        packet = crossing.packet
        is_own = crossing.point == len(path.names) - 1
        if is_own:
            own = kept[packet.frame]
            number = own.number
        else:
            inserted += 1
        states = own.client_state, own.server_state
        found.segments.append(
            replace(
                own,
                t_ns=path.time_of(crossing),
                sender=packet.side,
                flags=packet.flags,
                seq=packet.begin,
                ack=packet.ack,
                length=packet.length,
                window=path.window_of(packet),
                options=packet.options,
                notes=own.notes if is_own else [],
                client_state=states[1 if is_turned else 0],
                server_state=states[0 if is_turned else 1],
                frame=packet.frame,
                number=number + inserted,
                inferred=own.inferred or not is_own,
                identification=packet.identification,
            )
        )
    return found
