"""Groups packets into conversations, as they come and in bounded memory."""

from collections.abc import Collection
from heapq import heapify, heapreplace
from typing import TypeAlias

from services.scope.model import Conversation, Endpoint, Flags, Note, Outcome, Packet
from services.scope.notes import NoteKind
from services.scope.tcp.given_up import GivenUp
from services.scope.tcp.track import Pair, Track
from services.scope.tunnels import Tunnel, network_of

_SYN, _ACK = int(Flags.SYN), int(Flags.ACK)

# Both endpoints, and where there are conversations of the same in several networks, what tells this one.
_Key: TypeAlias = tuple[Endpoint | Tunnel, ...]

# After its end a conversation may still have a retransmission to come, or the last ACK: RTO is 200 ms and more.
QUIET_NS = 1_000_000_000

# What a conversation takes by itself, and each of its segments (measured, 64 bits).
CONVERSATION_BYTES, SEGMENT_BYTES = 4_000, 600

# What may be kept: 60,000 open conversations, or 400,000 segments.
MAX_BYTES = 256 * 1_048_576

# This share of the memory is freed at once, so that not every packet has to search for room.
_AT_ONCE = 16

# A conversation keeps at least so many segments: people look at its beginning and its end.
_LEAST_SEGMENTS = 16

# Linux sends a SYN again up to 32 s after the one before (tcp_syn_retries 6).
GIVEN_UP_NS = 65_000_000_000


class Follower:
    """Follows the conversations of a capture.

    The client is the side that sends the SYN. Without a SYN it is the side that does not have a known server port; if
    neither port is known, the side with the higher port; if they are equal, the side that is seen first.

    At most `max_bytes` are kept: past it conversations that are over are handed over; then the longest lose segments in
    their middle, and say so; then those that have been silent for longest are handed over as they are, which they say,
    and what still comes of them is passed over: see `given_up`. At most `max_segments` segments of each are kept.
    """

    def __init__(
        self, server_ports: Collection[int] = (), *, max_bytes: int = MAX_BYTES, max_segments: int = 4096
    ) -> None:
        self.given_up = GivenUp()
        self._server_ports = frozenset(server_ports)
        self.max_bytes = max_bytes
        self._max_segments = max_segments
        self._bytes = 0  # upper bound of what is kept: it falls only when room is made
        # Each conversation twice, once for each direction, with whether that is the client's.
        self._tracks: dict[_Key, tuple[Track, bool]] = {}
        self._done: list[Track] = []

    def __len__(self) -> int:
        """Return how many conversations are followed."""
        return len(self._tracks) // 2

    def feed(self, packet: Packet) -> Conversation | None:
        """Take the next packet; return its conversation, whose last segment it is; None where that was given up."""
        found = self._tracks.get((packet.source, packet.destination))
        if packet.tunnels:
            found = self._choose_by_network(packet, found)
        if found is None or not found[0].continues(packet, from_client=found[1]):
            if found is None and self.given_up.takes(packet):
                return None
            found = self._begin(packet, found)
        track, from_client = found
        track.add(packet, from_client=from_client)
        self._bytes += SEGMENT_BYTES
        if self._bytes > self.max_bytes:
            self._make_room(track)
        return track.conversation

    def take(self, now_ns: int) -> list[Conversation]:
        """Hand over, and forget, the conversations that are over and have been silent for a while.

        `now_ns` is on the capture's clock. Those that are still open stay, however long they are silent.
        """
        quiet = [track for track, ours in self._tracks.values() if ours and now_ns - track.t_ns > QUIET_NS]
        for track in quiet:
            is_unanswered = track.conversation.outcome == Outcome.UNANSWERED
            if track.over or (is_unanswered and now_ns - track.t_ns > GIVEN_UP_NS):
                self._forget(track)
        return self._hand_over()

    def drain(self) -> list[Conversation]:
        """Hand over all that is left: the capture has ended."""
        self._done += [track for track, from_client in self._tracks.values() if from_client]
        self._tracks.clear()
        return self._hand_over()

    def find(self, like: Conversation) -> Conversation | None:
        """Return the conversation that is followed between the same endpoints as this one, in the same network."""
        track = self._track_like(like)
        if track is None:
            return None
        track.tell_numbers()
        return track.conversation

    def release(self, like: Conversation) -> Conversation | None:
        """Hand over, and forget, the conversation that `find` finds, though it may be open."""
        track = self._track_like(like)
        if track is None:
            return None
        self._forget(track)
        self._done.remove(track)
        return track.finish()

    def _track_like(self, like: Conversation) -> Track | None:
        ends = like.client, like.server
        found = self._tracks.get((*ends, *network_of(like.tunnels))) or self._tracks.get(ends)
        return None if found is None else found[0]

    def _begin(self, packet: Packet, before: tuple[Track, bool] | None) -> tuple[Track, bool]:
        """Open a conversation, in the place of the one `before` on the same endpoints."""
        if before is not None:
            self._forget(before[0])
        self._bytes += CONVERSATION_BYTES
        from_client = self._from_client(packet)
        pair = Pair(packet.source, packet.destination) if from_client else Pair(packet.destination, packet.source)
        track = Track(pair, packet, self._max_segments, reused=before is not None)
        network = network_of(packet.tunnels)
        track.networks.admits(network, from_client=from_client)
        if before is not None:
            track.network = before[0].network
        elif pair in self._tracks:
            track.network = network
        self._tracks[pair.server, pair.client, *track.network] = track, False
        # The only one for an endpoint that talks to itself.
        self._tracks[pair.client, pair.server, *track.network] = track, True
        return track, from_client

    def _choose_by_network(self, packet: Packet, found: tuple[Track, bool] | None) -> tuple[Track, bool] | None:
        """Return the conversation of a packet in tunnels; `found` has its endpoints, but may be another network's.

        Networks that are kept apart by tunnels may use the same addresses. A packet that came through no such tunnel
        may be any network's: one that is captured inside and outside of a tunnel is one.
        """
        network = network_of(packet.tunnels)
        if not network:
            return found
        own = self._tracks.get((packet.source, packet.destination, *network))
        if own is not None or found is None:
            return own
        return found if found[0].networks.admits(network, from_client=found[1]) else None

    def _from_client(self, packet: Packet) -> bool:
        source, destination = packet.source.port, packet.destination.port
        if packet.flags & _SYN:
            return not packet.flags & _ACK
        if (source in self._server_ports) != (destination in self._server_ports):
            return destination in self._server_ports
        return source >= destination

    def _forget(self, track: Track) -> None:
        client, server = track.conversation.client, track.conversation.server
        del self._tracks[client, server, *track.network]
        self._tracks.pop((server, client, *track.network), None)
        self._done.append(track)

    def _make_room(self, current: Track) -> None:
        """Count what is kept, and give up some of it where that is too much; never the conversation under way."""
        limit = self.max_bytes - self.max_bytes // _AT_ONCE
        tracks = [track for track, from_client in self._tracks.values() if from_client]
        self._bytes = sum(map(_size, tracks))
        for track in tracks:
            if self._bytes <= limit:
                return
            if track.over and track is not current:
                self._bytes -= _size(track)
                self._forget(track)
        self._fold_the_longest(limit)
        for track in sorted(tracks, key=lambda track: track.t_ns):
            if self._bytes <= limit:
                return
            if not track.over and track is not current:
                self._bytes -= _size(track)
                self._give_up(track)

    def _give_up(self, track: Track) -> None:
        client, server = track.conversation.client, track.conversation.server
        track.conversation.notes.append(Note(NoteKind.GIVEN_UP))
        self.given_up.conversations += 1
        self.given_up.add(client, server, track.client.flow.base)
        self.given_up.add(server, client, track.server.flow.base)
        self._forget(track)

    def _fold_the_longest(self, limit: int) -> None:
        by_length = [
            (-len(track.conversation.segments), id(track), track) for track, ours in self._tracks.values() if ours
        ]
        heapify(by_length)
        while by_length and self._bytes > limit and -by_length[0][0] > _LEAST_SEGMENTS:
            length, key, track = by_length[0]
            some = track.fold()
            self._bytes -= some * SEGMENT_BYTES
            heapreplace(by_length, (length + some, key, track))

    def _hand_over(self) -> list[Conversation]:
        done, self._done = sorted(self._done, key=lambda track: track.first_frame), []
        return [track.finish() for track in done]


def _size(track: Track) -> int:
    return CONVERSATION_BYTES + len(track.conversation.segments) * SEGMENT_BYTES
