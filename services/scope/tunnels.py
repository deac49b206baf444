"""The tunnels that a connection can go through."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class TunnelKind(StrEnum):
    """What carries packets inside packets, by the names that it has in the field."""

    AH = "IPsec AH"
    CAPWAP = "CAPWAP"
    ERSPAN = "ERSPAN"
    ETHERNET_IN_IP = "Ethernet in IP"
    ETHER_IP = "EtherIP"
    GENEVE = "Geneve"
    GRE = "GRE"
    GTP_U = "GTP-U"
    IP_IN_IP = "IP in IP"
    L2TP = "L2TP"
    LISP = "LISP"
    MPLS = "MPLS"
    NSH = "NSH"
    PPPOE = "PPPoE"
    PROVIDER_BRIDGE = "802.1ah"
    TEREDO = "Teredo"
    TRILL = "TRILL"
    VXLAN = "VXLAN"


class Tunnel(NamedTuple):
    """A tunnel that a connection goes through; `number` is what tells it from others of its kind, in both directions.

    The network of VXLAN, Geneve and LISP, the service of 802.1ah, GRE's key, the session of PPPoE and ERSPAN; None
    where there is no such number, or each direction has its own.
    """

    kind: TunnelKind
    number: int | None = None


Network: TypeAlias = tuple[Tunnel, ...]


def network_of(tunnels: Iterable[Tunnel]) -> Network:
    """Return those tunnels whose numbers tell networks apart; empty where a packet is in none that is known.

    Not those of ERSPAN: two mirrors see the same packets.
    """
    return tuple(tunnel for tunnel in tunnels if tunnel.number is not None and tunnel.kind != TunnelKind.ERSPAN)


def are_apart(one: Network, other: Network) -> bool:
    """Tell whether the same addresses are other machines' in the other network: a tunnel of a kind has two numbers."""
    numbers = {tunnel.kind: tunnel.number for tunnel in one}
    return any(numbers.get(tunnel.kind, tunnel.number) != tunnel.number for tunnel in other)


class Networks:
    """The networks that the packets of a conversation came through.

    Each direction may have a number of its own: a router puts a packet into the network of its destination.
    """

    __slots__ = ("client", "server")

    def __init__(self) -> None:
        self.client: Network = ()
        self.server: Network = ()

    def admits(self, network: Network, *, from_client: bool) -> bool:
        """Tell whether a packet that came through this network may be of the conversation; if so, remember it."""
        if are_apart(self.client if from_client else self.server, network):
            return False
        if from_client:
            self.client = self.client or network
        else:
            self.server = self.server or network
        return True
