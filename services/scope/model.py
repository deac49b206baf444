"""What the scope knows: a packet as captured, a segment as followed, a call as joined, a conversation of all three."""

from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import Literal, NamedTuple, TypeAlias

from services.scope.notes import NoteKind
from services.scope.rules import Rule
from services.scope.tunnels import Tunnel
from shared.calls import Call

Side: TypeAlias = Literal["client", "server"]
SIDES: tuple[Side, Side] = ("client", "server")


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


class State(StrEnum):
    """The states of a connection's end, by RFC 9293's names (3.3.2), which TCP_INFO in a call record has as well."""

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
    NOT_CAPTURED = "not captured"  # there are calls only


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
    tunnels: tuple[Tunnel, ...] = ()  # the outermost first
    identification: int = 0  # IPv4's, which tells packets of one sender apart where it is not 0; IPv6 has none
    hops: int = 0  # that are left: IPv4's time to live, IPv6's hop limit


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a segment or a conversation: its kind, and the frame or count that belongs to it."""

    kind: NoteKind
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateNote(Note):
    """What an end's own kernel said of its state, on the segment from which on it holds."""

    side: Side
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionNote(StateNote):
    """The same on the conversation: after which call it was said, and what the segments tell; `number` is a frame."""

    call: str
    instead_of: State


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNote(Note):
    """What a service said of calls that it did not report; `number` counts what its kind says."""

    service: str
    reason: str | None = None  # of not watching: the feed's word
    subject: str = ""  # the feed's own name for what the scope does not know


@dataclass(slots=True)
class Segment:
    """A packet in its conversation: sequence numbers relative to the side's SYN, states as they stand after it."""

    t_ns: int
    sender: Side
    flags: int  # Flags
    seq: int
    ack: int | None  # None without the ACK flag
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
    is_copy: bool = False  # captured once more, and sent once: its first note says of which

    def has(self, flags: Flags) -> bool:
        """Tell whether any of these control bits is set."""
        return self.flags & flags.value != 0

    def state_of(self, side: Side) -> State:
        """Return the state of one end after this segment."""
        return self.client_state if side == "client" else self.server_state

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


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """A rule evaluated on all calls of one conversation to which it applies; `side` and `call` are of the closest."""

    rule: Rule
    side: Side
    call: str
    slack_ns: int  # the time that is left between the two; negative where the rule is broken
    broken: int  # so many of
    calls: int

    @property
    def holds(self) -> bool:
        """Whether no call breaks it: one that is broken is a finding."""
        return self.broken == 0


@dataclass(frozen=True, slots=True)
class ClockCheck:
    """How far a host's clock can be ahead of the capture's; None where nothing bounds it."""

    side: Side
    least_ns: int | None
    most_ns: int | None

    @property
    def is_possible(self) -> bool:
        """Whether any constant offset explains all that was seen."""
        return self.least_ns is None or self.most_ns is None or self.least_ns <= self.most_ns

    @property
    def holds(self) -> bool:
        """Whether both can be the same clock."""
        return (self.least_ns or 0) <= 0 <= (self.most_ns or 0)

    @property
    def likely_ns(self) -> int:
        """What to take it for: nothing, unless that is impossible."""
        if self.holds or not self.is_possible:
            return 0
        bounds = [bound for bound in (self.least_ns, self.most_ns) if bound is not None]
        return sum(bounds) // len(bounds)


Check: TypeAlias = RuleCheck | ClockCheck


@dataclass(slots=True)
class Conversation:
    """One TCP connection, or an attempt at one."""

    client: Endpoint
    server: Endpoint
    outcome: Outcome = Outcome.OPEN
    segments: list[Segment] = field(default_factory=list)
    calls: list[JoinedCall] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)  # of the whole: what was not captured, folded, or unwatched
    # What to take off the times of a side's calls: 0, unless its host's clock cannot be the capture's.
    ahead_ns: dict[Side, int] = field(default_factory=lambda: {"client": 0, "server": 0})
    tunnels: tuple[Tunnel, ...] = ()  # that its first packet came through, the outermost first

    @property
    def kinds(self) -> set[NoteKind]:
        """The kinds of the notes on the whole."""
        return {note.kind for note in self.notes}
