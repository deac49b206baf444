"""What a document holds, whichever of its forms it has."""

import io
import re
from collections.abc import Iterator

import orjson
import pytest
from rich.console import Console

from services.scope.document import document, ladder
from services.scope.draw.terminal import draw
from services.scope.model import Conversation
from services.scope.recorded import NotALadder
from services.scope.recorded.recording import recording
from tests.unit.harness.processes import ROOT
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import followed

_LADDER = ladder(joined(session(), session_calls()))


def conversations() -> Iterator[Conversation]:
    """Give a joined session, and every talk in which something happens."""
    yield joined(session(), session_calls())
    for name in TALKS:
        yield from followed(talk(name))


def drawn(conversation: Conversation) -> str:
    """Return a ladder with all that is said of it."""
    console = Console(file=io.StringIO(), width=120)
    draw(conversation, console, explain=True, lang="zh")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_was_written_is_read_as_it_was() -> None:
    """It is drawn and explained as before, and written as before."""
    given = list(conversations())
    written = b"".join(document(given, lambda: {"calls": [{"call": "socket"}], "notes": ["a remark"]}))
    found = recording(written)
    assert (found.calls, found.notes) == ([{"call": "socket"}], ["a remark"])
    assert b"".join(document(found.conversations, lambda: {"calls": found.calls, "notes": found.notes})) == written
    assert list(map(drawn, found.conversations)) == list(map(drawn, given))


def test_one_conversation_alone_is_read() -> None:
    """As the page gives it, which has an id besides."""
    (found,) = recording(orjson.dumps({"id": 3, **_LADDER})).conversations
    assert ladder(found) == _LADDER


def test_lines_with_one_each_are_read() -> None:
    """The live scope's output, with lines of its log in between."""
    line = orjson.dumps(_LADDER)
    found = recording(b"\n".join((line, b'{"event":"tap_connected"}', b"", line))).conversations
    assert list(map(ladder, found)) == [_LADDER, _LADDER]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "DAMAGED_JSON "),
        (b"{}", "NOT_A_LADDER client: Field required"),
        (b"[]", "NOT_A_LADDER the whole: "),
        (b'{"conversations":3}', "NOT_A_LADDER conversations: "),
        (b'{"conversations":[{"client":1}]}', r"NOT_A_LADDER conversations\[0\]\.client: "),
        (b'{"event":"x"}\n{"a":1}', "NOT_A_LADDER line 2, client: "),
        (b'{"event":"x"}\n{"a', "DAMAGED_JSON line 2: "),
        (b'{"event":"x"}\n3', "NOT_A_LADDER line 2, the whole: "),
    ],
)
def test_what_is_none_is_told_in_a_line(data: bytes, why: str) -> None:
    """Where, and what it should be."""
    with pytest.raises(NotALadder) as raised:
        recording(data)
    told = f"{raised.value.remark.name} {raised.value.why}"
    assert re.match(why, told)
    assert "\n" not in told


@pytest.mark.parametrize("path", sorted((ROOT / "docs/lessons").glob("*.json")), ids=lambda path: path.stem)
def test_each_recorded_lesson_is_one(path: str) -> None:
    """Of one conversation, in which every rule holds."""
    (found,) = recording((ROOT / path).read_bytes()).conversations
    assert found.segments
    assert found.checks or found.vantages  # without calls there is nothing to check
    assert all(check.holds for check in found.checks)
