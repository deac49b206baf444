"""The tunnels that a connection can go through."""

from enum import StrEnum
from typing import NamedTuple


class TunnelKind(StrEnum):
    """What carries packets inside packets, by the names that it has in the field."""

    AH = "IPsec AH"
    ERSPAN = "ERSPAN"
    ETHER_IP = "EtherIP"
    GENEVE = "Geneve"
    GRE = "GRE"
    GTP_U = "GTP-U"
    IP_IN_IP = "IP in IP"
    MPLS = "MPLS"
    PPPOE = "PPPoE"
    VXLAN = "VXLAN"


class Tunnel(NamedTuple):
    """A tunnel that a connection goes through; `number` is what tells it from others of its kind, in both directions.

    VXLAN's and Geneve's network, GRE's key, the session of PPPoE and ERSPAN; None where there is no such number, or
    each direction has its own.
    """

    kind: TunnelKind
    number: int | None = None
