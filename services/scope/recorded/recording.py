"""What a document holds, or one conversation of it, or lines with one each."""

from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from services.scope.gaps import Remark
from services.scope.model import Conversation
from services.scope.recorded import NotALadder
from services.scope.recorded.schema import Document, Ladder


class Recording(NamedTuple):
    """What a document holds: besides conversations, the calls and remarks that are of none of them, as they stand."""

    conversations: list[Conversation]
    calls: list[dict[str, Any]]
    notes: list[str]


def recording(data: bytes) -> Recording:
    """Return what is in a document, in one conversation of it, or in lines with one each (the live scope's output).

    Raises NotALadder.
    """
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 - one line is a document, or nothing
            raise NotALadder(Remark.DAMAGED_JSON, str(error)) from None
        return Recording(list(filter(None, (_read_line(number, line) for number, line in enumerate(lines, 1)))), [], [])
    try:
        if isinstance(found, dict) and "conversations" in found:
            document = Document.model_validate_json(data)
            return Recording([one.conversation() for one in document.conversations], document.calls, document.notes)
        return Recording([Ladder.model_validate_json(data).conversation()], [], [])
    except ValidationError as error:
        raise NotALadder(Remark.NOT_A_LADDER, _tell(error)) from None


def _read_line(number: int, line: bytes) -> Conversation | None:
    """Return a line's conversation; None for a line of the scope's log, which stands between them."""
    try:
        found = orjson.loads(line)
        if isinstance(found, dict) and "event" in found:
            return None
        return Ladder.model_validate_json(line).conversation()
    except orjson.JSONDecodeError as error:
        raise NotALadder(Remark.DAMAGED_JSON, f"line {number}: {error}") from None
    except ValidationError as error:
        raise NotALadder(Remark.NOT_A_LADDER, f"line {number}, {_tell(error)}") from None


def _tell(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ""
    for part in first["loc"]:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    # What a check of ours raised stands there as it was raised.
    return f"{place or 'the whole'}: {first.get('ctx', {}).get('error', first['msg'])}"
