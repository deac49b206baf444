"""Follows what taps send into conversations: each tap's packets by themselves, and what several saw as one."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import Frame
from services.scope.model import Conversation
from services.scope.tcp.follow import Follower
from services.scope.vantage.gathering import Gathered, Gathering, is_same

# Limits: memory for about 10,000 open connections; of a long conversation only beginning and end are kept.
_MAX_SEGMENTS_OF_ONE = 512
_MAX_BYTES = 48 * 1_048_576

# A conversation that one tap has seen to its end, and another has not (what ended it was lost on the way, or that tap's
# packets lag), waits so long for the other.
WAIT_S = 3.0


@dataclass(slots=True)
class _TapPoint:
    """A vantage point."""

    follower: Follower
    decoder: Decoder = field(default_factory=Decoder)
    first_ns: int = 0  # the times of its first packet and of its last
    last_ns: int = 0
    came_s: float = 0.0  # when that came

    def now_ns(self, now_s: float) -> int:
        """Return what its clock shows: it goes on from its last packet.

        By the time of day, conversations would end while their packets lag.
        """
        return self.last_ns + int((now_s - self.came_s) * 1e9)


class Following:
    """All taps' conversations; `connected` names the taps that are there now.

    A tap that comes in the place of one that is gone goes on where that one was. What one tap alone has seen waits for
    nobody.
    """

    def __init__(
        self, port: int, connected: Callable[[], Collection[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._port = port
        self._connected = connected
        self._clock = clock
        self._taps: dict[str, _TapPoint] = {}
        self._gathering = Gathering(_MAX_BYTES)
        self._waiting: dict[int, tuple[float, Gathered]] = {}  # by id, with the time until which it waits
        self._given_up = 0  # by followers that are no more

    def __len__(self) -> int:
        """Return how many conversations are followed; one that two taps see counts twice."""
        return sum(len(tap.follower) for tap in self._taps.values())

    @property
    def given_up(self) -> int:
        """How many conversations were given up so far, for lack of memory."""
        return self._given_up + sum(tap.follower.given_up.conversations for tap in self._taps.values())

    def feed(self, name: str, frames: list[Frame]) -> None:
        """Take a tap's frames."""
        tap = self._taps.get(name) or self._begin(name)
        decode, feed = tap.decoder.decode, tap.follower.feed
        for frame in frames:
            packet = decode(frame)
            if packet is not None:
                feed(packet)
        tap.first_ns = tap.first_ns or frames[0].t_ns
        tap.last_ns, tap.came_s = frames[-1].t_ns, self._clock()

    def take(self) -> list[Conversation]:
        """Return the conversations that are over, as far as all taps can tell that have seen them."""
        now_s = self._clock()
        found = []
        for name, tap in list(self._taps.items()):
            if not tap.last_ns:
                continue
            over = tap.follower.take(tap.now_ns(now_s))
            if len(self._taps) == 1 and not self._waiting:
                return over
            for conversation in over:
                gathered = self._gathering.add(name, conversation)
                self._waiting.setdefault(id(gathered), (now_s + WAIT_S, gathered))
        found += [self._merged(gathered, now_s) for gathered in self._ready(now_s)]
        self._prune()
        return found

    def drain(self) -> list[Conversation]:
        """Return all that is left."""
        now_s = self._clock()
        for name, tap in self._taps.items():
            for conversation in tap.follower.drain():
                self._gathering.add(name, conversation)
        self._waiting.clear()
        return [self._merged(gathered, now_s) for gathered in self._gathering.rest()]

    def _begin(self, name: str) -> _TapPoint:
        connected = set(self._connected())
        gone = next((other for other in self._taps if other not in connected), None)
        if gone is not None:
            tap = self._taps[name] = self._taps.pop(gone)
            return tap
        tap = self._taps[name] = _TapPoint(Follower((self._port,), max_segments=_MAX_SEGMENTS_OF_ONE))
        self._share()
        return tap

    def _share(self) -> None:
        for tap in self._taps.values():
            tap.follower.max_bytes = _MAX_BYTES // len(self._taps)

    def _prune(self) -> None:
        """Forget taps that are gone and have left nothing open."""
        connected = set(self._connected())
        for name, tap in list(self._taps.items()):
            if name not in connected and not len(tap.follower) and len(self._taps) > 1:
                self._given_up += tap.follower.given_up.conversations
                del self._taps[name]
                self._share()

    def _ready(self, now_s: float) -> Iterator[Gathered]:
        """Give those that no other tap still follows, or that have waited long enough."""
        for until_s, gathered in list(self._waiting.values()):
            late = [(name, tap) for name, tap in self._taps.items() if self._is_followed(name, tap, gathered)]
            if late and now_s < until_s:
                continue
            for name, tap in late:
                released = tap.follower.release(gathered.any_view)
                if released is not None:
                    gathered = self._gathering.add(name, released)  # noqa: PLW2901 - the same one
            del self._waiting[id(gathered)]
            self._gathering.take(gathered)
            yield gathered
        for gathered in self._gathering.surplus():
            self._waiting.pop(id(gathered), None)
            yield gathered

    @staticmethod
    def _is_followed(name: str, tap: _TapPoint, gathered: Gathered) -> bool:
        if name in gathered.views:
            return False
        found = tap.follower.find(gathered.any_view)
        return found is not None and is_same(found, gathered.any_view)

    def _merged(self, gathered: Gathered, now_s: float) -> Conversation:
        # A tap that is there captures all the time.
        connected = set(self._connected())
        watched_ns = {
            name: (tap.first_ns, tap.now_ns(now_s) if name in connected else tap.last_ns)
            for name, tap in self._taps.items()
        }
        for name in gathered.views:
            watched_ns.setdefault(name, (0, 0))
        return gathered.merged(watched_ns)
