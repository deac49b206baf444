"""Groups packets into conversations, as they come and in bounded memory."""

from collections.abc import Collection
from heapq import heapify, heapreplace

from services.scope.model import Conversation, Endpoint, Flags, Outcome, Packet
from services.scope.tcp.track import Pair, Track

_SYN, _ACK = int(Flags.SYN), int(Flags.ACK)

# After its end a conversation may still have a retransmission to come, or the last ACK: RTO is 200 ms and more.
QUIET_NS = 1_000_000_000

# What is kept is counted so often in the time that it takes to fill it: it grows beyond its limit by 1/16 at the most.
_ROUNDS = 16

# Linux sends a SYN again up to 32 s after the one before (tcp_syn_retries 6).
GIVEN_UP_NS = 65_000_000_000


class Follower:
    """Follows the conversations of a capture.

    Whoever sends the SYN is the client. Without it: whoever does not have a server's port; if none of them is known,
    whoever has the higher port; if they are equal, whoever is seen first.

    At most `max_open` conversations are followed at a time: past it those that are over, then the longest silent, are
    handed over as they are. At most `max_segments` segments of each are kept: past it those in the middle are left out,
    and the conversation says so. The same happens to the longest, where all have more than `max_kept` together.
    """

    def __init__(
        self,
        server_ports: Collection[int] = (),
        *,
        max_open: int = 1024,
        max_segments: int = 4096,
        max_kept: int = 262_144,
    ) -> None:
        self._server_ports = frozenset(server_ports)
        self._max_open = max_open
        self._max_segments = max_segments
        self._max_kept = max_kept
        self._round = 0  # how many packets there were since what is kept was counted
        # Each conversation twice, once for each direction, with whether that is the client's.
        self._tracks: dict[tuple[Endpoint, Endpoint], tuple[Track, bool]] = {}
        self._done: list[Track] = []

    def feed(self, packet: Packet) -> Conversation:
        """Take the next packet; return its conversation, whose last segment it is."""
        found = self._tracks.get((packet.source, packet.destination))
        if found is None or not found[0].continues(packet, from_client=found[1]):
            found = self._begin(packet, found)
        track, from_client = found
        track.add(packet, from_client=from_client)
        self._round += 1
        if self._round > self._max_kept // _ROUNDS:
            self._round = 0
            self._fold_the_longest()
        return track.conversation

    def take(self, now_ns: int) -> list[Conversation]:
        """Hand over, and forget, the conversations that are over and have been silent for a while.

        `now_ns` is on the capture's clock. Those that are still open stay, however long they are silent.
        """
        for track, from_client in list(self._tracks.values()):
            silent_ns = now_ns - track.t_ns
            unanswered = track.conversation.outcome == Outcome.UNANSWERED and silent_ns > GIVEN_UP_NS
            if from_client and (unanswered or (track.over and silent_ns > QUIET_NS)):
                self._forget(track)
        return self._hand_over()

    def drain(self) -> list[Conversation]:
        """Hand over all that is left: the capture has ended."""
        self._done += [track for track, from_client in self._tracks.values() if from_client]
        self._tracks.clear()
        return self._hand_over()

    def _begin(self, packet: Packet, before: tuple[Track, bool] | None) -> tuple[Track, bool]:
        """Open a conversation, in the place of the one `before` on the same endpoints."""
        if before is not None:
            self._forget(before[0])
        elif len(self._tracks) >= 2 * self._max_open:
            self._forget_the_silent()
        from_client = self._from_client(packet)
        pair = Pair(packet.source, packet.destination) if from_client else Pair(packet.destination, packet.source)
        track = Track(pair, packet, self._max_segments, reused=before is not None)
        self._tracks[pair.server, pair.client] = track, False
        self._tracks[pair] = track, True  # the only one for an endpoint that talks to itself
        return track, from_client

    def _from_client(self, packet: Packet) -> bool:
        source, destination = packet.source.port, packet.destination.port
        if packet.flags & _SYN:
            return not packet.flags & _ACK
        if (source in self._server_ports) != (destination in self._server_ports):
            return destination in self._server_ports
        return source >= destination

    def _forget(self, track: Track) -> None:
        client, server = track.conversation.client, track.conversation.server
        del self._tracks[client, server]
        self._tracks.pop((server, client), None)
        self._done.append(track)

    def _forget_the_silent(self) -> None:
        """Make room for an eighth more at once, so that the search for them does not come with every packet."""
        tracks = [track for track, from_client in self._tracks.values() if from_client]
        # Those that are over have nothing more to come; among them, and the others, whoever has waited longest.
        tracks.sort(key=lambda track: (not track.over, track.t_ns))
        for track in tracks[: max(self._max_open // 8, 1)]:
            self._forget(track)

    def _fold_the_longest(self) -> None:
        by_length = [
            (-len(track.conversation.segments), id(track), track) for track, ours in self._tracks.values() if ours
        ]
        kept = -sum(length for length, _, _ in by_length)
        heapify(by_length)
        while kept > self._max_kept:
            length, key, track = by_length[0]
            some = track.fold()
            kept -= some
            heapreplace(by_length, (length + some, key, track))

    def _hand_over(self) -> list[Conversation]:
        done, self._done = sorted(self._done, key=lambda track: track.first_frame), []
        return [track.finish() for track in done]
