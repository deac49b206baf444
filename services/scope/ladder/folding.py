"""Folds long transfers: of many similar rows the first and the last are shown, and one row sums up the others."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from services.scope.ladder.rows import Row
from services.scope.model import Conversation, Flags, Side
from services.scope.notes import NoteKind

# Of a run of plain rows these are shown; fewer than `_LEAST` between them are not worth a fold.
_FIRST, _LAST, _LEAST = 8, 6, 6

# More rows of segments than anybody reads: beyond this, segments with notes are folded, too.
_MANY = 60

_CONTROL = Flags.SYN | Flags.FIN | Flags.RST

# Notes common in any long transfer: a fold only counts them.
_COMMON = frozenset((NoteKind.GSO, NoteKind.DUPLICATE_ACK, NoteKind.WINDOW_UPDATE, NoteKind.OUT_OF_ORDER))

# Rows of which there are two, and those of them that are shown where the other one is.
_HALVES = ("enter", "return", "departure", "arrival")
_CUT = ("enter", "return", "arrival")


class Fold(NamedTuple):
    """Segments and calls, by their indexes, that are shown as one row; `bytes_from` has the payload bytes by sender.

    A segment is in it whose departure is, wherever it arrives.
    """

    segments: tuple[int, ...]
    calls: tuple[int, ...]
    t_ns: int
    took_ns: int
    bytes_from: Counter[Side]
    call_names: Counter[str]
    remarks: Counter[NoteKind]
    lost: int  # segments


Item: TypeAlias = Row | Fold


def fold(rows: Sequence[Row], conversation: Conversation) -> list[Item]:
    """Return the rows, with folds in the place of what they leave out."""
    folded = _fold_plain(rows, conversation, _recognise_plain(conversation, remarkable_too=False))
    if sum(1 for item in folded if isinstance(item, Row) and item.leaves) > _MANY:
        folded = _fold_plain(rows, conversation, _recognise_plain(conversation, remarkable_too=True))
    return folded


def _recognise_plain(conversation: Conversation, *, remarkable_too: bool) -> Callable[[Row], bool]:
    """Return a test for rows that may be folded: part of a transfer, with no change of state."""
    segments = conversation.segments

    def is_plain(row: Row) -> bool:
        if not row.is_segment:
            call = conversation.calls[row.of].call
            return call.call in ("send", "recv") and call.errno is None and call.bytes != 0
        segment = segments[row.of]
        before = segments[row.of - 1] if row.of else None
        return (
            before is not None
            and not segment.has(_CONTROL)
            and (before.client_state, before.server_state) == (segment.client_state, segment.server_state)
            and (remarkable_too or (segment.lost is None and _COMMON.issuperset(segment.kinds)))
        )

    return is_plain


def _fold_plain(rows: Sequence[Row], conversation: Conversation, is_plain: Callable[[Row], bool]) -> list[Item]:
    items: list[Item] = []
    run: list[Row] = []
    for row in rows:
        if is_plain(row):
            run.append(row)
            continue
        items += _fold_run(run, conversation)
        run = []
        items.append(row)
    items += _fold_run(run, conversation)
    hidden = {index for item in items if isinstance(item, Fold) for index in item.segments}
    return [item for item in items if isinstance(item, Fold) or item.kind != "arrival" or item.of not in hidden]


def _fold_run(run: list[Row], conversation: Conversation) -> list[Item]:
    if len(run) < _FIRST + _LEAST + _LAST:
        return list(run)
    first, last = _find_cut(run, _FIRST, 1), _find_cut(run, len(run) - _LAST, -1)
    within = run[first:last]
    halves = Counter((row.is_segment, row.of) for row in within if row.kind in _HALVES)
    # A call that begins or ends outside the run keeps its bar: its one row inside is shown right after the fold. So is
    # the arrival of a segment that left before.
    cut = [row for row in within if row.kind in _CUT and halves[row.is_segment, row.of] == 1]
    hidden = [row for row in within if row not in cut]
    if len(hidden) < _LEAST:
        return list(run)
    return [*run[:first], _count(hidden, conversation), *cut, *run[last:]]


def _find_cut(run: list[Row], place: int, step: int) -> int:
    """Return a place near `place` at which the run can be cut without a bar across it, if there is one."""
    for near in range(place, place + step * _LEAST, step):
        begun = Counter(row.of for row in run[:near] if row.kind in ("enter", "return"))
        if 1 not in begun.values():
            return near
    return place


def _count(hidden: list[Row], conversation: Conversation) -> Fold:
    segments = tuple(row.of for row in hidden if row.leaves)
    calls = tuple(dict.fromkeys(row.of for row in hidden if not row.is_segment))
    bytes_from: Counter[Side] = Counter()
    remarks: Counter[NoteKind] = Counter()
    for index in segments:
        segment = conversation.segments[index]
        bytes_from[segment.sender] += segment.length
        remarks.update(note.kind for note in segment.notes)
    lost = sum(1 for index in segments if conversation.segments[index].lost is not None)
    names = Counter(conversation.calls[index].call.call for index in calls)
    took_ns = max(row.t_ns for row in hidden) - hidden[0].t_ns
    return Fold(segments, calls, hidden[0].t_ns, took_ns, bytes_from, names, remarks, lost)
