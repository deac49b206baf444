"""Remembers conversations given up for lack of memory, so that their later packets are not taken for new ones."""

from services.scope.model import Endpoint, Flags, Packet

_SYN, _ACK = int(Flags.SYN), int(Flags.ACK)

# So many conversations are remembered, 150 bytes each: a fortieth of what a followed one takes.
_MAX_REMEMBERED = 262_144


class GivenUp:
    """`conversations` were given up so far, and `packets` of them came later and were passed over."""

    def __init__(self) -> None:
        self.conversations = self.packets = 0
        # The numbers at which both directions began, by their hash: the addresses themselves would take as much again.
        self._bases: dict[int, int | None] = {}

    def add(self, source: Endpoint, destination: Endpoint, base: int | None) -> None:
        """Remember one direction of a conversation."""
        self._bases[hash((source, destination))] = base
        if len(self._bases) > 2 * _MAX_REMEMBERED:
            del self._bases[next(iter(self._bases))]

    def takes(self, packet: Packet) -> bool:
        """Tell whether a packet is of a conversation that was given up; a SYN of its own number begins another."""
        if not self._bases:
            return False
        key = hash((packet.source, packet.destination))
        if key not in self._bases:
            return False
        if packet.flags & (_SYN | _ACK) == _SYN and packet.seq != self._bases[key]:
            del self._bases[key]
            self._bases.pop(hash((packet.destination, packet.source)), None)
            return False
        self.packets += 1
        return True
