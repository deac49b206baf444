"""Puts IP datagrams together again that came in fragments (RFC 791 3.2, RFC 8200 4.5), in bounded memory.

What of a datagram is kept is its beginning, where the headers are; of the rest only that it came. Where fragments
overlap, the one that begins first counts, and of two that begin together the one that came first, as with Wireshark.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import NamedTuple

from services.scope.capture.layers.layer import Next, NoSegment, Reason, Space
from services.scope.capture.layers.names import name
from services.scope.gaps import Lack
from services.scope.tunnels import Tunnel

# Of one datagram: more than the headers of a segment in several tunnels take.
_KEPT_BYTES = 2048

# As many as the least fragments, of 8 bytes, that make this up.
_MAX_PIECES = _KEPT_BYTES // 8

# Of all datagrams that wait for a fragment: 6,000 of usual size.
MAX_BYTES = 4 * 1_048_576

# What a datagram takes beside its bytes, and each run of fragments with nothing missing in it (measured, 64 bits).
_DATAGRAM_BYTES, _RUN_BYTES = 700, 140

# Longer than any host waits (RFC 8200 4.5; Linux: 30 s): its identification is by then another datagram's.
_MAX_AGE_NS = 60_000_000_000

# So many datagrams that were whole are remembered, and for so long: a fragment captured twice may come behind them.
_MAX_DONE, _COPIED_NS = 256, 1_000_000_000

# What IPv4's total length, and IPv6's payload length, can say.
_MAX_DATAGRAM_BYTES = 65_535


class Key(NamedTuple):
    """Which datagram a fragment is of."""

    addresses: bytes
    identification: int
    protocol: int  # IPv4's; 0 with IPv6, where only the first fragment tells it
    tunnels: tuple[Tunnel, ...]


class Fragment(NamedTuple):
    """A part of a datagram's payload: from `begin` to `end`, and what was captured of it."""

    begin: int
    end: int
    is_last: bool
    protocol: int
    data: bytes


class Whole(NamedTuple):
    """A datagram's payload: its length, the protocol that it begins with, and what is kept of it."""

    length: int
    protocol: int
    data: bytes


class Waiting(Exception):
    """The frame holds a fragment, and others of its datagram are still to come."""


class _Datagram:
    __slots__ = ("frames", "length", "pieces", "protocol", "runs", "size", "t_ns")

    def __init__(self, t_ns: int) -> None:
        self.t_ns = t_ns
        self.size = _DATAGRAM_BYTES  # in memory
        self.frames = 0
        self.length: int | None = None  # known from the last fragment
        self.protocol = 0
        self.pieces: list[tuple[int, bytes]] = []
        self.runs: list[tuple[int, int]] = []  # what came, in order, with something missing between any two

    def add(self, fragment: Fragment) -> None:
        self.frames += 1
        if fragment.is_last and self.length is None:
            self.length = fragment.end
        if fragment.begin == 0 or not self.protocol:
            self.protocol = fragment.protocol
        self._keep(fragment)
        begin, end = fragment.begin, fragment.end
        # Those runs that it touches become one with it.
        first = bisect_left(self.runs, begin, key=lambda run: run[1])
        behind = bisect_right(self.runs, end, key=lambda run: run[0])
        if first < behind:
            begin, end = min(begin, self.runs[first][0]), max(end, self.runs[behind - 1][1])
        self.runs[first:behind] = [(begin, end)]
        self.size += (1 - behind + first) * _RUN_BYTES

    def _keep(self, fragment: Fragment) -> None:
        begin, size = fragment.begin, fragment.end - fragment.begin
        if begin >= _KEPT_BYTES or len(self.pieces) == _MAX_PIECES:
            return
        if any(at == begin and len(data) >= min(size, _KEPT_BYTES - begin) for at, data in self.pieces):
            return
        self.pieces.append((begin, fragment.data[: _KEPT_BYTES - begin]))
        self.size += _RUN_BYTES + len(self.pieces[-1][1])

    def whole(self) -> Whole | None:
        if self.length is None or self.runs[0][0] > 0 or self.runs[0][1] < self.length:
            return None
        data = b""
        for begin, piece in sorted(self.pieces, key=lambda one: one[0]):
            if begin > len(data):
                break  # the capture has not all of the piece before
            data += piece[len(data) - begin :]
        return Whole(self.length, self.protocol, data[: self.length])


class Fragments:
    """The fragments of a capture; at most `max_bytes` of memory are taken by those that wait.

    `now_ns` is the capture's time, `joined` how many frames held the datagram that became whole, before the last.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.now_ns = self.joined = 0
        self.size = 0  # in memory
        self._max_bytes = max_bytes
        self._waiting: dict[Key, _Datagram] = {}  # in the order in which they began
        self._done: dict[Key, int] = {}  # when they became whole
        self._missing: Counter[Reason] = Counter()  # frames of datagrams given up

    def join(self, key: Key, fragment: Fragment) -> Whole:
        """Return the datagram that is whole with this fragment; raise Waiting where it is not, and NoSegment."""
        if fragment.end > _MAX_DATAGRAM_BYTES:
            raise NoSegment(Lack.MALFORMED, "IP fragment")
        datagram = self._waiting.get(key)
        if datagram is not None and self.now_ns - datagram.t_ns > _MAX_AGE_NS:
            self._give_up(key)
            datagram = None
        if datagram is None:
            if fragment.begin and self.now_ns - self._done.get(key, -_COPIED_NS) < _COPIED_NS:
                raise Waiting
            datagram = self._waiting[key] = _Datagram(self.now_ns)
            self.size += datagram.size
        before = datagram.size
        datagram.add(fragment)
        self.size += datagram.size - before
        whole = datagram.whole()
        if whole is not None:
            self._forget(key)
            self._remember(key)
            self.joined += datagram.frames - 1
            return whole
        while self.size > self._max_bytes:
            self._give_up(next(iter(self._waiting)))
        raise Waiting

    def missing(self) -> Counter[Reason]:
        """Count the frames with fragments of datagrams that are not whole, as yet or for ever."""
        found = self._missing.copy()
        for datagram in self._waiting.values():
            found[_reason(datagram)] += datagram.frames
        return found

    def _remember(self, key: Key) -> None:
        self._done.pop(key, None)
        self._done[key] = self.now_ns
        if len(self._done) > _MAX_DONE:
            del self._done[next(iter(self._done))]

    def _give_up(self, key: Key) -> None:
        datagram = self._waiting[key]
        self._missing[_reason(datagram)] += datagram.frames
        self._forget(key)

    def _forget(self, key: Key) -> None:
        self.size -= self._waiting.pop(key).size


def _reason(datagram: _Datagram) -> Reason:
    return Reason(Lack.INCOMPLETE, name(Next(Space.IP, datagram.protocol)))
