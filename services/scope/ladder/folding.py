"""Folds long transfers: of many rows all alike, the first and the last are shown, and the rest is told as one."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from services.scope import notes
from services.scope.ladder.rows import Row
from services.scope.model import Conversation

# Of a run of plain rows these are shown; fewer than `_LEAST` between them are not worth a fold.
_FIRST, _LAST, _LEAST = 8, 6, 6

# More rows of segments than a reader looks through: from here on remarkable segments are folded, too.
_MANY = 60

_CONTROL = frozenset(("SYN", "FIN", "RST"))

# What happens in any long transfer: it is counted.
_COMMON = (notes.GSO, notes.DUPLICATE_ACK, notes.WINDOW_UPDATE, notes.OUT_OF_ORDER)


class Fold(NamedTuple):
    """Segments and calls, by their indexes, that are told as one: `bytes_from` are of payload, by sender."""

    segments: tuple[int, ...]
    calls: tuple[int, ...]
    t_ns: int
    took_ns: int
    bytes_from: Counter[str]
    call_names: Counter[str]
    remarks: Counter[str]


Item: TypeAlias = Row | Fold


def fold(rows: Sequence[Row], conversation: Conversation) -> list[Item]:
    """Return the rows, with folds in the place of what they leave out."""
    folded = _folded(rows, conversation, _plain(conversation, remarkable_too=False))
    if sum(isinstance(item, Row) and item.kind == "segment" for item in folded) > _MANY:
        folded = _folded(rows, conversation, _plain(conversation, remarkable_too=True))
    return folded


def _plain(conversation: Conversation, *, remarkable_too: bool) -> Callable[[Row], bool]:
    """Return what tells a row that may be folded: of a transfer, and after which nothing has changed."""
    segments = conversation.segments

    def is_plain(row: Row) -> bool:
        if row.kind != "segment":
            call = conversation.calls[row.of].call
            return call.call in ("send", "recv") and call.errno is None and call.bytes != 0
        segment = segments[row.of]
        before = segments[row.of - 1] if row.of else None
        return (
            before is not None
            and not _CONTROL.intersection(segment.flags)
            and (before.client_state, before.server_state) == (segment.client_state, segment.server_state)
            and (remarkable_too or all(note.startswith(_COMMON) for note in segment.notes))
        )

    return is_plain


def _folded(rows: Sequence[Row], conversation: Conversation, is_plain: Callable[[Row], bool]) -> list[Item]:
    items: list[Item] = []
    run: list[Row] = []
    for row in rows:
        if is_plain(row):
            run.append(row)
            continue
        items += _of_run(run, conversation)
        run = []
        items.append(row)
    return items + _of_run(run, conversation)


def _of_run(run: list[Row], conversation: Conversation) -> list[Item]:
    if len(run) < _FIRST + _LEAST + _LAST:
        return list(run)
    first, last = _uncut(run, _FIRST, 1), _uncut(run, len(run) - _LAST, -1)
    within = run[first:last]
    whole = Counter(row.of for row in within if row.kind in ("enter", "return"))
    # A call that began or ended outside has its bar drawn: what of it is inside comes right after.
    cut = [row for row in within if row.kind in ("enter", "return") and whole[row.of] == 1]
    hidden = [row for row in within if row not in cut]
    if len(hidden) < _LEAST:
        return list(run)
    return [*run[:first], _fold_of(hidden, conversation), *cut, *run[last:]]


def _uncut(run: list[Row], place: int, step: int) -> int:
    """Return a place near `place` at which the run can be cut without a bar across it, if there is one."""
    for near in range(place, place + step * _LEAST, step):
        begun = Counter(row.of for row in run[:near] if row.kind in ("enter", "return"))
        if 1 not in begun.values():
            return near
    return place


def _fold_of(hidden: list[Row], conversation: Conversation) -> Fold:
    segments = tuple(row.of for row in hidden if row.kind == "segment")
    calls = tuple(dict.fromkeys(row.of for row in hidden if row.kind != "segment"))
    bytes_from: Counter[str] = Counter()
    remarks: Counter[str] = Counter()
    for index in segments:
        segment = conversation.segments[index]
        bytes_from[segment.sender] += segment.length
        remarks.update(_kind_of(note) for note in segment.notes)
    names = Counter(conversation.calls[index].call.call for index in calls)
    took_ns = max(row.t_ns for row in hidden) - hidden[0].t_ns
    return Fold(segments, calls, hidden[0].t_ns, took_ns, bytes_from, names, remarks)


def _kind_of(note: str) -> str:
    """Return a note without its number: "duplicate ACK #2" is one more duplicate ACK."""
    return re.split(r" of #| #|:", note, maxsplit=1)[0]
