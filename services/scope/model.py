"""The scope's data: packets as captured, segments with their states, calls with their segments, conversations."""

from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import Literal, NamedTuple, TypeAlias

from services.scope.notes import NoteKind
from services.scope.rules import Check
from services.scope.tunnels import Tunnel
from services.scope.vantages import Loss, Numbering, VantageClock
from shared.calls import Call

Side: TypeAlias = Literal["client", "server"]
SIDES: tuple[Side, Side] = ("client", "server")


def peer_of(side: Side) -> Side:
    """Return the other side."""
    return "server" if side == "client" else "client"


class Endpoint(NamedTuple):
    """An IP address as text (IPv6 without brackets, IPv4-mapped as IPv4) and a port."""

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


class State(StrEnum):
    """The states of one end of a connection, by RFC 9293's names (3.3.2), which call records also use."""

    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"


class Outcome(StrEnum):
    """How a conversation ended, as far as it is known; the values are those of the JSON."""

    OPEN = "open"
    CLOSED = "closed"
    RESET = "reset"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    NOT_CAPTURED = "not captured"  # only its calls are known


class Options(NamedTuple):
    """The TCP options that the scope reads; None, False or empty where a segment does not have the option."""

    mss: int | None = None
    window_scale: int | None = None
    sack_permitted: bool = False
    sack: tuple[tuple[int, int], ...] = ()  # blocks [left, right), absolute sequence numbers
    timestamps: tuple[int, int] | None = None  # TSval, TSecr
    fast_open: bytes | None = None  # the cookie; empty: a request for one


class Packet(NamedTuple):
    """One captured TCP packet: numbers as on the wire; `length` is that of the payload, by the IP total length."""

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
    tunnels: tuple[Tunnel, ...] = ()  # the outermost first
    identification: int = 0  # IPv4's; 0 where the sender does not number its packets, and with IPv6
    hops: int = 0  # IPv4's time to live, IPv6's hop limit


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a segment or a conversation: its kind, and the frame or count that belongs to it."""

    kind: NoteKind
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateNote(Note):
    """A state told by an end's own kernel (TCP_INFO), on the first segment after which it holds."""

    side: Side
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionNote(StateNote):
    """The same on the conversation: the call that reported it, the state that segments tell; `number` is a frame."""

    call: str
    instead_of: State


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNote(Note):
    """A service's notice of calls that it did not report; the kind says what `number` counts."""

    service: str
    reason: str | None = None  # why it stopped watching, in the feed's word
    subject: str = ""  # the feed's name of a notice that the scope does not know; where a tap stands
    since_ns: int | None = None  # of packets that a tap has lost: when the first may have come


@dataclass(slots=True)
class Segment:
    """A packet in its conversation: sequence numbers relative to the side's SYN, states as they stand after it."""

    t_ns: int
    sender: Side
    flags: int  # Flags
    seq: int
    ack: int | None  # None without ACK
    length: int
    window: int  # bytes; unscaled if the handshake was not seen (a note says so)
    options: Options
    notes: list[Note]
    client_state: State
    server_state: State
    frame: int
    number: int  # in the conversation, from 1
    inferred: bool = False  # the states are a guess: segments alone cannot tell here
    identification: int = 0  # as in Packet
    hops: int = 0
    is_copy: bool = False  # captured twice but sent once; its first note names the original
    # Of several vantage points, on the clock of the one nearest to the server; None where it was not seen.
    left_ns: int | None = None  # at the one nearest to its sender
    arrived_ns: int | None = None  # at the one nearest to its receiver; of the last byte
    lost: Loss | None = None

    def has(self, flags: Flags) -> bool:
        """Tell whether any of these control bits is set."""
        return self.flags & flags.value != 0

    def state_of(self, side: Side) -> State:
        """Return the state of one end after this segment."""
        return self.client_state if side == "client" else self.server_state

    def seen_ns(self, side: Side) -> int:
        """Return when the vantage point nearest to a side saw it; where that did not, when it was seen at all."""
        seen_ns = self.left_ns if side == self.sender else self.arrived_ns
        return self.t_ns if seen_ns is None else seen_ns

    @property
    def kinds(self) -> set[NoteKind]:
        """The kinds of its notes."""
        return {note.kind for note in self.notes}


@dataclass(slots=True)
class JoinedCall:
    """A call record, and the indexes in its conversation of the segments it caused or waited for."""

    call: Call
    side: Side
    segments: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """One TCP connection, or an attempt at one."""

    client: Endpoint
    server: Endpoint
    outcome: Outcome = Outcome.OPEN
    segments: list[Segment] = field(default_factory=list)
    calls: list[JoinedCall] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)  # on the conversation as a whole
    # To subtract from the times of a side's calls: 0, unless its host's clock cannot be equal to the capture's.
    ahead_ns: dict[Side, int] = field(default_factory=lambda: {"client": 0, "server": 0})
    tunnels: tuple[Tunnel, ...] = ()  # of its first packet, the outermost first
    vantages: tuple[str, ...] = ()  # where it was captured, from the client to the server; empty: at one point
    clocks: tuple[VantageClock, ...] = ()  # of these points, but the last, whose clock all times are on
    numbering: dict[Side, Numbering] = field(default_factory=dict)  # of what it has, back to the numbers on the wire

    @property
    def kinds(self) -> set[NoteKind]:
        """The kinds of the notes on the whole."""
        return {note.kind for note in self.notes}
