"""The data of a ladder to step through: picture, explanations, related rows, header fields."""

from typing import Any

from services.scope.draw.svg import view_of
from services.scope.draw.view import View
from services.scope.explain.explainer import Explainer
from services.scope.ladder.folding import Fold, Item
from services.scope.ladder.labels import Labels, Marks, flags, numbers, result
from services.scope.ladder.naming import shown
from services.scope.ladder.rows import begin_ns
from services.scope.model import SIDES, Conversation, Options, Segment, Side
from services.scope.words.words import flag_names
from shared.pcap import RECORD_HEADER

# Bytes shown of a packet: the headers, and the beginning of the payload.
_SHOWN_BYTES = 512

_MARKS = Marks(caused="▸", awaited="◂")


def walk(conversation: Conversation, packets: dict[int, bytes], view: View) -> dict[str, Any]:
    """Return what a script needs: `svg`, `title`, `summary`, `rows` from top to bottom, and `segments`.

    A row has its `kind` (a Row's, or "fold"), `at` (its time as text), `name` and `said` (what it is, what it means),
    `with` (the rows that belong to it), `segment` and `call` (indexes, or null), and `states` after it. A segment has
    its header's `fields` ([name, value]), its `way` (the same: where it was seen, and when), and its captured `bytes`
    in hexadecimal.
    """
    view = view._replace(walkable=True, explain=False)
    labels = Labels(conversation, view.lang, _MARKS, own_numbers=view.own_numbers)
    items = view.items(conversation)
    explainer = Explainer(conversation, view.lang)
    begun_ns = begin_ns(conversation)
    together = _Together(items, conversation)
    states: dict[Side, str] = {}
    return {
        "title": f"{conversation.client} → {conversation.server}",
        "summary": labels.summary(),
        "svg": view_of(conversation, view),
        "rows": [
            {
                **_of(item),
                "at": labels.words.when(item.t_ns - begun_ns),
                "name": _name(item, conversation, labels),
                "said": explainer.explain(item),
                "with": together.with_row(number),
                "states": _states(item, conversation, labels, states),
            }
            for number, item in enumerate(items)
        ],
        "segments": [
            {
                "fields": _fields(segment, conversation),
                "way": labels.way(segment, begun_ns),
                "bytes": _bytes(packets.get(index)),
            }
            for index, segment in enumerate(conversation.segments)
        ],
    }


class _Together:
    """Finds related rows: a call's entry and return, and the segments that it caused or waited for."""

    def __init__(self, items: list[Item], conversation: Conversation) -> None:
        self._items = items
        self._conversation = conversation
        self._of_call: dict[int, list[int]] = {}
        self._of_segment: dict[int, list[int]] = {}
        for number, item in enumerate(items):
            of_segment = item.segments if isinstance(item, Fold) else (item.of,) if item.is_segment else ()
            of_call = item.calls if isinstance(item, Fold) else (item.of,) if not item.is_segment else ()
            for index in of_segment:
                self._of_segment.setdefault(index, []).append(number)
            for index in of_call:
                self._of_call.setdefault(index, []).append(number)
        self._callers: dict[int, list[int]] = {}
        for index, joined in enumerate(conversation.calls):
            for segment in joined.segments:
                self._callers.setdefault(segment, []).append(index)

    def with_row(self, number: int) -> list[int]:
        """Return the rows related to a row, without itself; none for a fold, which would have too many."""
        item = self._items[number]
        if isinstance(item, Fold):
            return []
        if item.is_segment:
            found = {row for call in self._callers.get(item.of, ()) for row in self._of_call.get(call, ())}
            found.update(self._of_segment[item.of])
        else:
            segments = self._conversation.calls[item.of].segments
            found = {*self._of_call[item.of], *(row for of in segments for row in self._of_segment.get(of, ()))}
        return sorted(found - {number})


def _of(item: Item) -> dict[str, Any]:
    if isinstance(item, Fold):
        return {"kind": "fold", "segment": None, "call": None}
    segment, call = (item.of, None) if item.is_segment else (None, item.of)
    return {"kind": item.kind, "segment": segment, "call": call}


def _name(item: Item, conversation: Conversation, labels: Labels) -> str:
    """Return a row's name in a few words, for screen readers."""
    if isinstance(item, Fold):
        return labels.folded(item)
    sides = labels.words.phrases.sides
    if item.is_segment:
        segment = conversation.segments[item.of]
        lost = labels.lost(segment) if item.arrives else ""
        if item.kind == "arrival":
            return " ".join(filter(None, (labels.arrives(segment), lost)))
        said = " ".join(filter(None, (flags(segment), *numbers(segment), lost)))
        return f"{labels.frame(segment)} {sides[segment.sender]}: {said}"
    joined = conversation.calls[item.of]
    returned = "" if item.kind == "enter" else f" {result(joined)}"
    return f"{sides[joined.side]}: {shown(joined)}{returned}"


def _states(item: Item, conversation: Conversation, labels: Labels, states: dict[Side, str]) -> list[str] | None:
    """Return both ends' states after a row, and keep them: what is under way has not changed its receiver's."""
    if isinstance(item, Fold) or not item.is_segment:
        return None
    segment = conversation.segments[item.of]
    for side in SIDES:
        if side not in states or (item.leaves if side == segment.sender else item.arrives):
            states[side] = labels.state(segment, side)
    return [states[side] for side in SIDES]


def _fields(segment: Segment, conversation: Conversation) -> list[list[str]]:
    """Return the header, field by field, by RFC 9293's names (3.1); the numbers are relative, as in the ladder."""
    ends = (conversation.client, conversation.server)
    source, destination = ends if segment.sender == "client" else ends[::-1]
    return [
        ["Source Port", str(source.port)],
        ["Destination Port", str(destination.port)],
        ["Sequence Number", str(segment.seq)],
        ["Acknowledgment Number", "" if segment.ack is None else str(segment.ack)],
        ["Control Bits", " ".join(flag_names(segment.flags))],
        ["Window", str(segment.window)],
        *_options(segment.options),
        ["Data", f"{segment.length} B"],
    ]


def _options(options: Options) -> list[list[str]]:
    """Return the options that a segment carries, by the names of IANA's registry of TCP option kinds."""
    blocks = " ".join(f"{left}-{right}" for left, right in options.sack)
    stamps = options.timestamps and f"TSval {options.timestamps[0]}, TSecr {options.timestamps[1]}"
    found = (
        ("Maximum Segment Size", options.mss),
        ("Window Scale", options.window_scale),
        ("SACK Permitted", "yes" if options.sack_permitted else None),
        ("SACK", blocks or None),
        ("Timestamps", stamps),
        ("TCP Fast Open Cookie", None if options.fast_open is None else options.fast_open.hex() or "asked for"),
    )
    return [[f"Option: {name}", str(value)] for name, value in found if value is not None]


def _bytes(record: bytes | None) -> str | None:
    return None if record is None else record[RECORD_HEADER.size :][:_SHOWN_BYTES].hex()
