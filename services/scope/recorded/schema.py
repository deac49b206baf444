"""The JSON of a ladder as it has to be: it comes from anywhere, so each field is checked, and that they fit together.

The checks of the causal rules are evaluated anew, from calls and segments; what the JSON tells of them is passed over.
"""

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from services.scope.calls.checks import CAUSES, bounds, check, clock_of
from services.scope.calls.records import call_of
from services.scope.calls.sockets import endpoint
from services.scope.model import (
    SIDES,
    Conversation,
    CorrectionNote,
    Endpoint,
    Flags,
    JoinedCall,
    Note,
    Options,
    Outcome,
    Segment,
    ServiceNote,
    Side,
    State,
    StateNote,
)
from services.scope.notes import NAMES, OF_CONVERSATIONS, OF_SERVICES, NoteKind
from services.scope.tunnels import Tunnel, TunnelKind

_KINDS = {name: kind for kind, name in NAMES.items()}

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


def _kind(name: str) -> str:
    if name not in _KINDS:
        raise ValueError("is the name of no note")
    return name


# Where a picture has room for it, and a time that there is.
_Number = Annotated[int, Field(ge=-(2**53), le=2**53)]
_Count = Annotated[int, Field(ge=0, le=2**53)]
_TimeNs = Annotated[int, Field(ge=0, lt=2**63)]
_End = Annotated[str, AfterValidator(_end)]


class _Strict(BaseModel):
    """JSON as it stands: no text is taken for a number."""

    model_config = ConfigDict(strict=True)


class _Fact(_Strict):
    kind: Annotated[str, AfterValidator(_kind)]
    number: _Number | None = None
    side: Side | None = None
    state: State | None = None
    call: str = ""
    instead_of: State | None = None
    service: str = ""
    reason: str | None = None
    subject: str = ""

    def note(self) -> Note:
        kind, number, side, state = _KINDS[self.kind], self.number, self.side, self.state
        if kind in OF_SERVICES:
            return ServiceNote(kind, number, service=self.service, reason=self.reason, subject=self.subject)
        if kind not in (NoteKind.BY_TCP_INFO, NoteKind.CORRECTED):
            return Note(kind, number)
        if side is None or state is None:
            raise ValueError(f"{self.kind} without side and state")
        if kind is NoteKind.BY_TCP_INFO:
            return StateNote(kind, number, side=side, state=state)
        if self.instead_of is None:
            raise ValueError(f"{self.kind} without instead_of")
        return CorrectionNote(kind, number, side=side, state=state, call=self.call, instead_of=self.instead_of)


class _Noted(_Strict):
    """What has notes: as text, which nothing is taken from, and as facts."""

    _are_of_conversation: ClassVar[bool] = False

    notes: list[str] = []
    facts: list[_Fact] = []
    _found: list[Note] = PrivateAttr(default_factory=list)

    @model_validator(mode="after")
    def _has_facts(self) -> Self:
        if len(self.facts) != len(self.notes):
            raise ValueError("each note needs a fact: it may be of an older scope, and has to be written anew")
        self._found = [fact.note() for fact in self.facts]
        if any((note.kind in OF_CONVERSATIONS) != self._are_of_conversation for note in self._found):
            raise ValueError("has a note of a segment on the whole, or the other way round")
        return self


class _Options(_Strict):
    mss: _Count | None = None
    window_scale: _Count | None = None
    sack_permitted: bool = False
    sack: tuple[tuple[_Number, _Number], ...] = ()
    timestamps: tuple[_Count, _Count] | None = None
    fast_open: Annotated[str, Field(pattern="^([0-9a-f]{2})*$")] | None = None

    def options(self) -> Options:
        cookie = None if self.fast_open is None else bytes.fromhex(self.fast_open)
        return Options(self.mss, self.window_scale, self.sack_permitted, self.sack, self.timestamps, cookie)


class _Segment(_Noted):
    t_ns: _TimeNs
    sender: Side = Field(alias="from")
    flags: list[Annotated[str, AfterValidator(_flag)]]
    seq: _Number
    ack: _Number | None
    length: _Count
    window: _Count
    options: _Options
    client_state: State
    server_state: State
    inferred: bool = False
    frame: _Count
    number: _Count

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
        )


class _Tunnel(_Strict):
    kind: TunnelKind
    number: _Count | None = None


class Ladder(_Noted):
    """One conversation."""

    _are_of_conversation = True

    client: _End
    server: _End
    outcome: Outcome
    segments: list[_Segment]
    calls: list[dict[str, Any]]
    tunnels: list[_Tunnel] = []
    _joined: list[JoinedCall] = PrivateAttr(default_factory=list)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.segments and not self.calls:
            raise ValueError("has neither segments nor calls")
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
        )
        slacks = bounds(found)
        for side in SIDES:
            found.ahead_ns[side] = clock_of(slacks, side).likely_ns
        check(found, slacks)
        return found


class Document(_Strict):
    """Conversations, and what is of none of them."""

    conversations: list[Ladder]
    calls: list[dict[str, Any]] = []
    _are_of_conversation: ClassVar[bool] = False

    notes: list[str] = []
