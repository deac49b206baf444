"""Conversations as JSON: the contract of the ladder."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

import orjson

from services.scope.ladder.spent import Spent, spent
from services.scope.ladder.stays import Part
from services.scope.model import Conversation, JoinedCall, Note, Options, Segment
from services.scope.notes import NAMES
from services.scope.rules import Check
from services.scope.words.words import Words, flag_names
from shared.calls import as_record

# The contract: notes and checks are told in English, whoever reads. What a program wants of notes is beside them, as
# facts, one for each.
_ENGLISH = Words("en")

_NO_OPTIONS = Options()


def ladder(conversation: Conversation) -> dict[str, Any]:
    """Return one element of the document's `conversations`."""
    tunnels = [{"kind": tunnel.kind, "number": tunnel.number} for tunnel in conversation.tunnels]
    return (
        {
            "client": str(conversation.client),
            "server": str(conversation.server),
            "outcome": conversation.outcome,
            "notes": [_ENGLISH.note(note) for note in conversation.notes],
            "segments": [_segment(segment) for segment in conversation.segments],
            "calls": [_call(joined) for joined in conversation.calls],
            "checks": [_check(check) for check in conversation.checks],
        }
        | ({"tunnels": tunnels} if tunnels else {})
        | _vantages(conversation)
        | _facts(conversation.notes)
    )


def _vantages(conversation: Conversation) -> dict[str, Any]:
    """Return the fields that a conversation of several vantage points has besides."""
    if not conversation.vantages:
        return {}
    return {
        "vantages": conversation.vantages,
        "clocks": [
            {
                "vantage": clock.vantage,
                "first_ns": clock.first_ns,
                "last_ns": clock.last_ns,
                "first": clock.first._asdict(),
                "last": clock.last._asdict(),
                "is_possible": clock.is_possible,
            }
            for clock in conversation.clocks
        ],
        "spent": _spent(spent(conversation)),
    }


def _spent(found: Spent | None) -> dict[str, Any] | None:
    """Return where the time went; null where nothing was answered."""
    if found is None:
        return None
    slowest = found.slowest
    return {
        "took_ns": found.took_ns,
        "parts": _parts(found.parts),
        "slowest": slowest
        and {
            "first": slowest.first,
            "request": slowest.request,
            "answer": slowest.answer,
            "took_ns": slowest.took_ns,
            "parts": _parts(slowest.all_parts),
            "there": slowest.there and slowest.there._asdict(),
            "back": slowest.back and slowest.back._asdict(),
        },
    }


def _parts(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [{"on": part.on, "side": part.side, "took_ns": part.took_ns} for part in parts]


def _call(joined: JoinedCall) -> dict[str, Any]:
    return as_record(joined.call) | {"side": joined.side, "segments": joined.segments}


def _check(check: Check) -> dict[str, Any]:
    rule, detail = _ENGLISH.check(check)
    return {"rule": rule, "holds": check.holds, "detail": detail}


def _segment(segment: Segment) -> dict[str, Any]:
    found: dict[str, Any] = {
        "t_ns": segment.t_ns,
        "from": segment.sender,
        "flags": flag_names(segment.flags),
        "seq": segment.seq,
        "ack": segment.ack,
        "length": segment.length,
        "window": segment.window,
        "options": _options(segment.options),
        "notes": [_ENGLISH.note(note) for note in segment.notes] if segment.notes else [],
        "client_state": segment.client_state,
        "server_state": segment.server_state,
        "inferred": segment.inferred,
        "frame": segment.frame,
        "number": segment.number,
        "left_ns": segment.left_ns,
        "arrived_ns": segment.arrived_ns,
        "lost": None,
    }
    if segment.lost is not None:
        lost = segment.lost
        loss = {"place": lost.place, "last": lost.last, "next": lost.next, "length": lost.length}
        found |= {"lost": _ENGLISH.loss(lost), "loss": loss}
    return found | _facts(segment.notes) if segment.notes else found


def _facts(notes: list[Note]) -> dict[str, Any]:
    """Return the field that has notes as facts: their kinds, and what belongs to them; none where there are none."""
    facts = [{"kind": NAMES[note.kind]} | dict(_values(note)) for note in notes]
    return {"facts": facts} if facts else {}


def _values(note: Note) -> Iterator[tuple[str, Any]]:
    for field in fields(note)[1:]:
        value = getattr(note, field.name)
        if value is not None and value != "":
            yield field.name, value


def _options(options: Options) -> dict[str, Any]:
    """Return those that the segment carries; a Fast Open cookie is hexadecimal."""
    if options == _NO_OPTIONS:
        return {}
    # is, not ==: a window scale of 0 is one, and no False.
    absent = (value is None or value is False or value == () for value in options)
    found: dict[str, Any] = {
        name: value for name, value, no in zip(options._fields, options, absent, strict=True) if not no
    }
    if options.fast_open is not None:
        found["fast_open"] = options.fast_open.hex()
    return found


def document(conversations: Iterable[Conversation], rest: Callable[[], dict[str, Any]]) -> Iterator[bytes]:
    """Give the document piece by piece, so that it never is in memory as a whole.

    `rest` is asked for the fields behind `conversations` when these are through.
    """
    before = b'{"conversations":['
    for conversation in conversations:
        yield before + orjson.dumps(ladder(conversation))
        before = b",\n"
    yield (b"" if before == b",\n" else before) + b"]," + orjson.dumps(rest())[1:] + b"\n"
