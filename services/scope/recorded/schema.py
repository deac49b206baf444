"""The JSON of a ladder as it has to be: it comes from anywhere, so each field is checked, and that they fit together.

The checks of the causal rules are evaluated anew, from calls and segments; what the JSON tells of them is passed over.
"""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from services.scope.calls.checks import CAUSES, check, withhold
from services.scope.calls.records import call_of
from services.scope.calls.sockets import endpoint
from services.scope.model import (
    SIDES,
    Conversation,
    Endpoint,
    Flags,
    JoinedCall,
    Options,
    Outcome,
    Segment,
    Side,
    State,
)
from services.scope.notes import NoteKind
from services.scope.recorded.noted import Count, Noted, Number, Strict, TimeNs
from services.scope.recorded.vantages import Clock, Lost, Name, check_fit
from services.scope.tunnels import Tunnel, TunnelKind

_INT64 = range(-(2**63), 2**63)


def _end(text: str) -> str:
    _endpoint(text)
    return text


def _endpoint(text: str) -> Endpoint:
    found = endpoint(text)
    if found is None:
        raise ValueError("should be an address with a port")
    return found


def _flag(name: str) -> str:
    if name not in Flags.__members__:
        raise ValueError(f"should be one of {', '.join(Flags.__members__)}")
    return name


_End = Annotated[str, AfterValidator(_end)]


class _Options(Strict):
    mss: Count | None = None
    window_scale: Count | None = None
    sack_permitted: bool = False
    sack: tuple[tuple[Number, Number], ...] = ()
    timestamps: tuple[Count, Count] | None = None
    fast_open: Annotated[str, Field(pattern="^([0-9a-f]{2})*$")] | None = None

    def options(self) -> Options:
        cookie = None if self.fast_open is None else bytes.fromhex(self.fast_open)
        return Options(self.mss, self.window_scale, self.sack_permitted, self.sack, self.timestamps, cookie)


class _Segment(Noted):
    t_ns: TimeNs
    sender: Side = Field(alias="from")
    flags: list[Annotated[str, AfterValidator(_flag)]]
    seq: Number
    ack: Number | None
    length: Count
    window: Count
    options: _Options
    client_state: State
    server_state: State
    inferred: bool = False
    frame: Count
    number: Count
    left_ns: TimeNs | None = None
    arrived_ns: TimeNs | None = None
    loss: Lost | None = None

    @model_validator(mode="after")
    def _acknowledges(self) -> Self:
        if (self.ack is None) == (Flags.ACK.name in self.flags):
            raise ValueError("ack should be there with the flag ACK, and null without")
        return self

    @property
    def is_copy(self) -> bool:
        return bool(self._found) and self._found[0].kind is NoteKind.COPY

    def segment(self) -> Segment:
        return Segment(
            t_ns=self.t_ns,
            sender=self.sender,
            flags=sum(Flags[name] for name in set(self.flags)),
            seq=self.seq,
            ack=self.ack,
            length=self.length,
            window=self.window,
            options=self.options.options(),
            notes=self._found,
            client_state=self.client_state,
            server_state=self.server_state,
            frame=self.frame,
            number=self.number,
            inferred=self.inferred,
            is_copy=self.is_copy,
            left_ns=self.left_ns,
            arrived_ns=self.arrived_ns,
            lost=None if self.loss is None else self.loss.fact(),
        )


class _Tunnel(Strict):
    kind: TunnelKind
    number: Count | None = None


class Ladder(Noted):
    """One conversation."""

    _are_of_conversation = True

    client: _End
    server: _End
    outcome: Outcome
    segments: list[_Segment]
    calls: list[dict[str, Any]]
    tunnels: list[_Tunnel] = Field(default_factory=list)
    vantages: list[Name] = Field(default_factory=list)
    clocks: list[Clock] = Field(default_factory=list)
    _joined: list[JoinedCall] = PrivateAttr(default_factory=list)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.segments and not self.calls:
            raise ValueError("has neither segments nor calls")
        check_fit(self.vantages, self.clocks, [segment.loss for segment in self.segments])
        self._joined = [self._call(number, found) for number, found in enumerate(self.calls)]
        return self

    def _call(self, number: int, found: dict[str, Any]) -> JoinedCall:
        try:
            call = call_of(found)
        except ValueError as why:
            raise ValueError(f"calls[{number}] {why}") from None
        side, indexes = found.get("side"), found.get("segments")
        if side not in SIDES:
            raise ValueError(f"calls[{number}].side should be one of {', '.join(SIDES)}")
        if any(type(value) is int and value not in _INT64 for value in found.values()):
            raise ValueError(f"calls[{number}] has a number of more than 64 bits")
        if not isinstance(indexes, list) or not all(self._can_belong(index, call.call, side) for index in indexes):
            raise ValueError(f"calls[{number}].segments should be indexes of segments that it caused or waited for")
        return JoinedCall(call, side, indexes)

    def _can_belong(self, index: object, call: str, side: Side) -> bool:
        if type(index) is not int or not 0 <= index < len(self.segments) or self.segments[index].is_copy:
            return False
        return self.segments[index].sender != side or call in CAUSES

    def conversation(self) -> Conversation:
        """Return it, with the causal rules evaluated."""
        found = Conversation(
            client=_endpoint(self.client),
            server=_endpoint(self.server),
            outcome=self.outcome,
            segments=[segment.segment() for segment in self.segments],
            calls=self._joined,
            notes=self._found,
            tunnels=tuple(Tunnel(tunnel.kind, tunnel.number) for tunnel in self.tunnels),
            vantages=tuple(self.vantages),
            clocks=tuple(clock.fact() for clock in self.clocks),
        )
        check(found)
        withhold(found)
        return found


class Document(Strict):
    """Conversations, and what is of none of them."""

    conversations: list[Ladder]
    calls: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
