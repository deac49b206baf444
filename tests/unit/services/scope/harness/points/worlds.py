"""A path with vantage points on it, each with a clock of its own, and what they capture of a connection."""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from services.scope.model import Conversation, Side, peer_of
from services.scope.tcp.follow import Follower
from services.scope.vantage.merge import merge
from services.scope.vantage.views import PointView
from tests.unit.services.scope.harness.wire import MSS, SCALE_7, START_NS, bits, capture, decoded, ipv4, ipv6, tcp

US_NS, MS_NS, S_NS = 1_000, 1_000_000, 1_000_000_000

SACK_PERMITTED = b"\x04\x02"
_SEGMENT = 1448  # bytes of data with time-stamps
NAMES = ("laptop", "router", "rack", "pod")
_ISN = {"client": 1_000, "server": 900_000}
_FRAMES_A_POINT = 100_000


class Fate(NamedTuple):
    """What becomes of a segment on its way, and what window it has.

    It is lost behind the point with this number along its way (-1: before the first), or these bytes of it are; some
    points miss it; and it is `late_us` longer on its way behind the first point.
    """

    lost_behind: int | None = None
    lost_bytes: range = range(0)
    missed_by: tuple[int, ...] = ()
    late_us: float = 0
    window: int = 500  # that it advertises

    def is_lost(self, step: int) -> bool:
        """Tell whether all of it is, before the point with this number along its way."""
        return self.lost_behind is not None and step > self.lost_behind and not self.lost_bytes

    def is_part(self, step: int) -> bool:
        """Tell whether some of it is."""
        return self.lost_behind is not None and step > self.lost_behind and bool(self.lost_bytes)


ARRIVES = Fate()


class World:
    """Points between a client and a server; times are those of a true clock, in microseconds from the start."""

    def __init__(
        self,
        delays_us: Iterable[float] = (100,),
        *,
        ahead_ns: Iterable[int] = (),
        drift_ppm: Iterable[float] = (),
        stamps: bool = True,
        identified: bool = True,
        is_ipv6: bool = False,
        sack: bool = True,
    ) -> None:
        """Place a point at each end of each delay; their clocks are ahead of the true one, and drift."""
        self.at_us = [0.0]
        for delay_us in delays_us:
            self.at_us.append(self.at_us[-1] + delay_us)
        count = len(self.at_us)
        self.names = (*NAMES[: count - 1], "server")
        self._ahead_ns = [*ahead_ns, *([0] * count)][:count]
        self._drift_ppm = [*drift_ppm, *([0.0] * count)][:count]
        self._stamps, self._identified, self._is_ipv6 = stamps, identified, is_ipv6
        self._sack = SACK_PERMITTED if sack else b""
        self.packets: list[list[tuple[int, bytes]]] = [[] for _ in self.at_us]
        self._numbers = {"client": 0, "server": 0}
        self._is_cut_by = [False] * count

    def cut_at(self, *points: int) -> None:
        """Let these points see data in segments, and the others before it is cut."""
        for point in points:
            self._is_cut_by[point] = True

    def send(
        self,
        side: Side,
        at_us: float,
        flags: str,
        seq: int,
        ack: int = 0,
        length: int = 0,
        *,
        sack: tuple[tuple[int, int], ...] = (),
        fate: Fate = ARRIVES,
    ) -> None:
        """Let a side send a segment."""
        count = len(self.at_us)
        way = range(count) if side == "client" else range(count - 1, -1, -1)
        pieces = range(seq, seq + length, _SEGMENT) if length > _SEGMENT else range(seq, seq + 1)
        number = self._numbers[side] + 1
        self._numbers[side] += len(pieces)
        for step, point in enumerate(way):
            if point in fate.missed_by or fate.is_lost(step):
                continue
            t_us = at_us + abs(self.at_us[point] - self.at_us[way[0]]) + (fate.late_us if step else 0)
            parts = [(seq, length, 0)]
            if len(pieces) > 1 and (self._is_cut_by[point] or fate.is_part(step)):
                parts = [(one, min(_SEGMENT, seq + length - one), at) for at, one in enumerate(pieces)]
            for begin, size, at in parts:
                if fate.is_part(step) and begin in fate.lost_bytes:
                    continue
                own = flags if begin + size == seq + length else flags.replace("PSH", "").replace("FIN", "")
                stamp = int(at_us // 1000) + 1
                data = self._packet(side, own, (begin, ack), size, sack, number + at, stamp, fate.window)
                self.packets[point].append((self._clock(point, t_us + at * 0.5), data))

    def handshake(self, at_us: float = 0) -> None:
        """Let them connect; each answers 10 us after what it answers."""
        way_us = self.at_us[-1]
        self.send("client", at_us, "SYN", 0)
        self.send("server", at_us + way_us + 10, "SYN ACK", 0, 1)
        self.send("client", at_us + 2 * way_us + 20, "ACK", 1, 1)

    def say(self, at_us: float, begin: int = 1, length: int = 5) -> None:
        """Let the client send data, and the server acknowledge it after 10 us."""
        self.send("client", at_us, "PSH ACK", begin, 1, length)
        self.send("server", at_us + self.at_us[-1] + 10, "ACK", 1, begin + length)

    def captures(self) -> list[bytes]:
        """Return what each point has captured, as a file."""
        return [capture(sorted(packets, key=lambda one: one[0])) for packets in self.packets]

    def views(self, *, max_segments: int = 4096) -> list[PointView]:
        """Return what each point that captured something saw of the one conversation."""
        found = []
        for point, data in enumerate(self.captures()):
            follower = Follower((5000,), max_segments=max_segments)
            packets = decoded(data)
            for packet in packets:
                follower.feed(packet._replace(frame=packet.frame + point * _FRAMES_A_POINT))
            span_ns = packets[0].t_ns, packets[-1].t_ns
            found += [PointView(self.names[point], conversation, span_ns) for conversation in follower.drain()]
        return found

    def merged(self, *, max_segments: int = 4096) -> Conversation:
        """Return the conversation of all of them; they come in another order than they stand."""
        return merge(self.views(max_segments=max_segments)[::-1])

    def _clock(self, point: int, t_us: float) -> int:
        t_ns = round(t_us * US_NS)
        return START_NS + t_ns + self._ahead_ns[point] + round(t_ns * self._drift_ppm[point] / 1e6)

    def _packet(
        self,
        side: Side,
        flags: str,
        numbers: tuple[int, int],
        length: int,
        sack: tuple[tuple[int, int], ...],
        number: int,
        stamp: int,
        window: int,
    ) -> bytes:
        own, other = _ISN[side], _ISN[peer_of(side)]
        ports, ends = (40_000, 5_000), ("10.0.0.1", "10.0.0.2")
        if side == "server":
            ports, ends = ports[::-1], ends[::-1]
        options = MSS + self._sack + SCALE_7 if "SYN" in flags else b""
        if self._stamps:
            options += b"\x08\x0a" + struct.pack("!II", stamp, 7)
        if sack:
            options += struct.pack("!BB", 5, 2 + 8 * len(sack))
            options += b"".join(struct.pack("!II", other + first, other + last) for first, last in sack)
        ack = numbers[1] + other if "ACK" in flags else 0
        segment = tcp(
            ports,
            (numbers[0] + own, ack),
            bits(flags),
            window,
            b"x" * length,
            options,
        )
        if self._is_ipv6:
            return ipv6(f"fd00::{ends[0][-1]}", f"fd00::{ends[1][-1]}", segment)
        return ipv4(*ends, segment, identification=number if self._identified else 0)
