"""The notes of a ladder's JSON, and what all parts of it are made of."""

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from services.scope.model import CorrectionNote, Note, ServiceNote, Side, State, StateNote
from services.scope.notes import NAMES, OF_CONVERSATIONS, OF_SERVICES, NoteKind

_KINDS = {name: kind for kind, name in NAMES.items()}


def _kind(name: str) -> str:
    if name not in _KINDS:
        raise ValueError("is the name of no note")
    return name


# Where a picture has room for it, and a time that there is.
Number = Annotated[int, Field(ge=-(2**53), le=2**53)]
Count = Annotated[int, Field(ge=0, le=2**53)]
TimeNs = Annotated[int, Field(ge=0, lt=2**63)]


class Strict(BaseModel):
    """JSON as it stands: no text is taken for a number."""

    model_config = ConfigDict(strict=True)


class _Fact(Strict):
    kind: Annotated[str, AfterValidator(_kind)]
    number: Number | None = None
    side: Side | None = None
    state: State | None = None
    call: str = ""
    instead_of: State | None = None
    service: str = ""
    reason: str | None = None
    subject: str = ""
    since_ns: TimeNs | None = None

    def note(self) -> Note:
        kind, number, side, state = _KINDS[self.kind], self.number, self.side, self.state
        if kind in OF_SERVICES:
            return ServiceNote(
                kind,
                number,
                service=self.service,
                reason=self.reason,
                subject=self.subject,
                since_ns=self.since_ns,
            )
        if kind not in (NoteKind.BY_TCP_INFO, NoteKind.CORRECTED):
            return Note(kind, number)
        if side is None or state is None:
            raise ValueError(f"{self.kind} without side and state")
        if kind is NoteKind.BY_TCP_INFO:
            return StateNote(kind, number, side=side, state=state)
        if self.instead_of is None:
            raise ValueError(f"{self.kind} without instead_of")
        return CorrectionNote(kind, number, side=side, state=state, call=self.call, instead_of=self.instead_of)


class Noted(Strict):
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
