"""What the scope knows: a packet as captured, a segment as followed, a call as joined, a conversation of all three."""

from dataclasses import dataclass, field
from enum import IntFlag
from typing import Literal, NamedTuple, TypeAlias

from shared.calls import Call

Side: TypeAlias = Literal["client", "server"]


def peer_of(side: Side) -> Side:
    """Return the other side."""
    return "server" if side == "client" else "client"


class Endpoint(NamedTuple):
    """An address as text (IPv6 without brackets, IPv4-mapped as IPv4) and a port."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


class Flags(IntFlag):
    """The control bits, by their place in the header (RFC 9293 3.1; ECE and CWR RFC 3168, AE RFC 9768)."""

    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10
    URG = 0x20
    ECE = 0x40
    CWR = 0x80
    AE = 0x100


class Options(NamedTuple):
    """The TCP options that the scope reads; None or empty where the segment does not carry one."""

    mss: int | None = None
    window_scale: int | None = None
    sack_permitted: bool = False
    sack: tuple[tuple[int, int], ...] = ()  # blocks [left, right), absolute sequence numbers
    timestamps: tuple[int, int] | None = None  # TSval, TSecr
    fast_open: bytes | None = None  # the cookie; empty asks for one


class Packet(NamedTuple):
    """One captured TCP packet, as decoded: numbers as on the wire, `length` the payload's from the IP total length."""

    t_ns: int
    source: Endpoint
    destination: Endpoint
    seq: int
    ack: int
    flags: int  # Flags; a plain int, since a capture holds millions
    window: int
    length: int
    options: Options
    frame: int  # its number in the capture, from 1


@dataclass(slots=True)
class Segment:
    """A packet in its conversation: sequence numbers relative to the side's SYN, states as they stand after it."""

    t_ns: int
    sender: Side
    flags: tuple[str, ...]  # in the order SYN, FIN, RST, PSH, ACK, ...
    seq: int
    ack: int | None  # None without the ACK flag
    length: int
    window: int  # bytes; unscaled if the handshake was not seen (a note says so)
    options: Options
    notes: list[str]
    client_state: str
    server_state: str
    frame: int
    inferred: bool = False  # the states are a guess: segments alone cannot tell here


@dataclass(slots=True)
class JoinedCall:
    """A call record, and the indexes in its conversation of the segments it caused or waited for."""

    call: Call
    side: Side
    segments: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Check:
    """A causal rule evaluated on one conversation: a violated one is a finding."""

    rule: str
    holds: bool
    detail: str


@dataclass(slots=True)
class Conversation:
    """One TCP connection, or an attempt at one."""

    client: Endpoint
    server: Endpoint
    outcome: str = "open"  # "open", "closed", "reset", "refused", "unanswered"; "not captured": there are calls only
    segments: list[Segment] = field(default_factory=list)
    calls: list[JoinedCall] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # of the whole: what was not captured, folded, or unwatched
    # What to take off the times of a side's calls: 0, unless its host's clock cannot be the capture's.
    ahead_ns: dict[Side, int] = field(default_factory=lambda: {"client": 0, "server": 0})
