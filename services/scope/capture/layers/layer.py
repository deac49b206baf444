"""What all layers share: the position in the packet, the next protocol, and the reasons why there is no TCP."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from services.scope.gaps import Lack
from services.scope.tunnels import Tunnel, TunnelKind

if TYPE_CHECKING:  # which needs the names here
    from services.scope.capture.layers.fragments import Fragments


class Space(StrEnum):
    """Who gives a protocol its number: the same number means something else in another space."""

    LINK = "link type"  # https://www.tcpdump.org/linktypes.html
    ETHER_TYPE = "EtherType"  # below 0x600 it is the length of an LLC frame (IEEE 802.3 3.2.6)
    LLC = "LLC service access point"
    PPP = "PPP protocol"
    IP = "IP protocol"
    FAMILY = "address family"


class Next(NamedTuple):
    """The protocol whose header is next."""

    space: Space
    number: int


IPV4, IPV6 = 0x0800, 0x86DD  # EtherTypes
TCP = 6

NO_TUNNELS: tuple[Tunnel, ...] = ()

NEXT_IPV4, NEXT_IPV6 = Next(Space.ETHER_TYPE, IPV4), Next(Space.ETHER_TYPE, IPV6)

# IP versions by the first four bits, for links that do not name the protocol.
IP_VERSIONS = {4: NEXT_IPV4, 6: NEXT_IPV6}


class Reason(NamedTuple):
    """Why nothing was read of a frame, and the protocol that it is about."""

    lack: Lack
    name: str = ""


class NoSegment(Exception):
    """No TCP header here."""

    def __init__(self, lack: Lack, name: str = "") -> None:
        self.reason = Reason(lack, name)
        super().__init__(self.reason)


class Walk:
    """A walk through a packet: the next header is at `at`, the layer around it ends at `end`, captured so far or not.

    `addresses` are those of the innermost IP header so far, source then destination, which begins at `ip`; `tunnels`
    has the outermost first. Where a packet is in fragments, `fragments` has the others, and `data` becomes the whole.
    """

    __slots__ = ("addresses", "at", "data", "end", "fragments", "ip", "tunnels")

    def __init__(self, data: bytes, at: int, end: int, fragments: "Fragments") -> None:
        self.data = data
        self.at = at
        self.end = end
        self.fragments = fragments
        self.addresses = b""
        self.ip = 0
        self.tunnels: list[Tunnel] = []

    def number(self, ahead: int, size: int) -> int:
        """Return the number of so many bytes that is `ahead` bytes further on."""
        begin = self.at + ahead
        if begin + size > len(self.data):
            raise NoSegment(Lack.CUT_OFF)
        return int.from_bytes(self.data[begin : begin + size])

    def little(self, ahead: int, size: int) -> int:
        """Return a number whose least significant byte comes first."""
        return int.from_bytes(self.number(ahead, size).to_bytes(size), "little")

    def enter(self, kind: TunnelKind, number: int | None = None) -> None:
        """Say that what follows is in a tunnel."""
        self.tunnels.append(Tunnel(kind, number))

    def pass_over(self, size: int) -> None:
        """Go on behind a header."""
        self.at += size


Layer: TypeAlias = Callable[[Walk], Next]
