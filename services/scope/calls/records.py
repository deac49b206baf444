"""Call records and notices, as lines of a feed or of a service's JSON log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from sys import intern
from typing import Any, TypeAlias

import orjson

from services.scope.gaps import Fault
from services.scope.model import ServiceNote
from services.scope.notes import NoteKind
from shared.calls import CALLS, Call
from shared.load.second import LOAD

# The types of JSON values that are right for a field, by the field's own type.
_TYPES: dict[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    str | None: (str, type(None)),
    int | None: (int, type(None)),
}
_FIELDS = tuple((field.name, _TYPES[field.type]) for field in fields(Call))
_OPTIONAL = frozenset(field.name for field in fields(Call) if field.default is None)

# Combinations of field types already found right: at most one for each way to leave out optional fields.
_right_kinds: set[tuple[type, ...]] = set()

# Characters shown of a line that is no record.
_SHOWN_CHARACTERS = 60


class NoticeKind(StrEnum):
    """What notices say; of others the scope knows no more than their names."""

    UNWATCHED = "unwatched"  # a connection, or so many
    RECORDS_DROPPED = "records_dropped"  # by the sender
    RECORDS_LOST = "records_lost"  # by the scope itself
    RECORDS_MISSING = "records_missing"  # by the network: found by the scope, by the numbers of a sender
    IO_URING = "io_uring"  # a traced process uses it, and strace does not see what it does by that


@dataclass(frozen=True, slots=True)
class Notice:
    """What a service says about its own records; `host` and `pid` are where its kind is about a process.

    `count` is of records dropped, of connections too many to be named, or of the calls before the watching ended.
    """

    kind: str
    service: str
    t_ns: int
    local: str | None = None
    peer: str | None = None
    reason: str | None = None
    count: int | None = None
    host: str | None = None
    pid: int | None = None

    def note(self) -> ServiceNote:
        """Return it as a remark on its conversation, or on the whole capture."""
        if self.kind == NoticeKind.UNWATCHED:
            kind = NoteKind.UNWATCHED if self.peer is not None else NoteKind.CONNECTIONS_UNWATCHED
        elif self.kind in _NOTES:
            kind = _NOTES[self.kind]
        else:
            return ServiceNote(NoteKind.NOTICE, service=self.service, subject=self.kind)
        return ServiceNote(kind, self.count, service=self.service, reason=self.reason)


_NOTES: dict[str, NoteKind] = {
    NoticeKind.RECORDS_DROPPED: NoteKind.CALLS_DROPPED,
    NoticeKind.RECORDS_LOST: NoteKind.CALLS_LOST,
    NoticeKind.RECORDS_MISSING: NoteKind.CALLS_MISSING,
    NoticeKind.IO_URING: NoteKind.IO_URING,
}

Record: TypeAlias = Call | Notice


class NotARecord(ValueError):
    """A line that is neither a call record nor a notice: `field` is the one that is wrong, `shown` what is there."""

    def __init__(self, fault: Fault, *, field: str = "", shown: str = "") -> None:
        self.fault, self.field, self.shown = fault, field, shown
        super().__init__(fault.format(field=field, shown=shown))


def parse(line: bytes) -> Record | None:
    """Return what a line records; None for a line that records something else: of a log, or of a load.

    Text before the object, as Compose writes it (`server-1  | {`), is passed over. Raises NotARecord.
    """
    return record_in(object_in(line), line)


def record_in(found: dict[str, Any], line: bytes) -> Record | None:
    """Return the same of the object that was found in a line."""
    if "call" in found:
        return call_of(found)
    if "notice" in found:
        return _notice(found)
    if "event" in found or LOAD in found:
        return None
    raise NotARecord(Fault.NO_KIND, shown=_shown(line))


def object_in(line: bytes) -> dict[str, Any]:
    """Return the JSON object in a line; raise NotARecord where there is none."""
    start = line.find(b"{")
    try:
        found: dict[str, Any] | None = orjson.loads(line[start:]) if start >= 0 else None
    except orjson.JSONDecodeError:
        found = None
    if found is None:
        raise NotARecord(Fault.NO_OBJECT, shown=_shown(line))
    return found


class RecordLines:
    """The records in lines of a feed or log; other lines are counted, and the first of them is kept."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.records = 0
        self.wrong = 0
        self.first_wrong: tuple[int, NotARecord] | None = None  # with its line's number
        self._lines = lines

    def __iter__(self) -> Iterator[Record]:
        """Give the records."""
        for number, line in enumerate(self._lines, 1):
            if line.isspace():
                continue
            try:
                record = parse(line)
            except NotARecord as why:
                self.wrong += 1
                self.first_wrong = self.first_wrong or (number, why)
                continue
            if record is not None:
                self.records += 1
                yield record


def call_of(found: dict[str, Any]) -> Call:
    """Return what an object of JSON records. Raises NotARecord."""
    # `found` stands in for a missing field: its type, dict, is never right.
    values = [found.get(name, None if name in _OPTIONAL else found) for name, _ in _FIELDS]
    # type(), not isinstance(): JSON's true is no number. Many records have few combinations: each is checked once.
    kinds = tuple(map(type, values))
    if kinds not in _right_kinds:
        for (name, types), value, kind in zip(_FIELDS, values, kinds, strict=True):
            if kind not in types:
                if name not in found:
                    raise NotARecord(Fault.FIELD_MISSING, field=name)
                raise NotARecord(Fault.FIELD_WRONG, field=name, shown=f"{value!r:.{_SHOWN_CHARACTERS}}")
        _right_kinds.add(kinds)
    if found["call"] not in CALLS:
        raise NotARecord(Fault.FIELD_WRONG, field="call", shown=f"{found['call']!r:.{_SHOWN_CHARACTERS}}")
    if (found.get("slack_ns") or 0) < 0:
        raise NotARecord(Fault.FIELD_WRONG, field="slack_ns", shown=str(found["slack_ns"]))
    # Every record has the same few texts: keeping one copy of each saves memory.
    kept: list[Any] = [intern(value) if type(value) is str else value for value in values]
    return Call(*kept)


def _notice(found: dict[str, Any]) -> Notice:
    def text(name: str) -> str | None:
        value = found.get(name)
        return value if isinstance(value, str) else None

    counts = [found[name] for name in ("count", "connections", "calls") if type(found.get(name)) is int]
    kind, service, t_ns = text("notice"), text("service"), found.get("t_ns")
    if kind is None or service is None or type(t_ns) is not int:
        raise NotARecord(Fault.NOTICE_FIELDS)
    pid = found.get("pid") if type(found.get("pid")) is int else None
    names = text("local"), text("peer"), text("reason")
    return Notice(kind, service, t_ns, *names, counts[0] if counts else None, text("host"), pid)


def _shown(line: bytes) -> str:
    text = line.decode(errors="replace").rstrip()
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
