"""The ladder on a terminal."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from services.scope.calls.assemble import Assembler
from services.scope.draw.terminal import draw
from services.scope.model import Conversation
from services.scope.words.words import Lang
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import followed
from tests.unit.services.scope.ladder.test_folding import transfer


def drawn(conversation: Conversation, *, width: int = 100, explain: bool = False, lang: Lang = "en") -> list[str]:
    """Return the lines on a console without colour."""
    console = Console(file=io.StringIO(), width=width)
    draw(conversation, console, explain=explain, lang=lang)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_one_sees_which_call_was_blocked_while_which_segment_passed() -> None:
    """The bars of connect() and accept() are beside the handshake's arrows."""
    lines = drawn(joined(session(), session_calls()))
    first = next(number for number, line in enumerate(lines) if "┏  connect()" in line)
    syn, syn_ack, *_ = lines[first + 1 :]
    assert "#1 ┣▸" in syn
    assert syn.endswith("┃")
    assert "#2 ┣◂" in syn_ack
    assert any("= 7 after 3100.0 us" in line and line.endswith("┛") for line in lines)


def test_states_are_shown_as_they_change() -> None:
    """Each once, beside the segment that changed it."""
    text = "\n".join(drawn(joined(session(), session_calls())))
    for state in ("SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "CLOSE-WAIT", "TIME-WAIT", "LAST-ACK"):
        assert text.count(state) == 1
    assert text.count("ESTABLISHED") == 2


@pytest.mark.parametrize("name", TALKS)
@pytest.mark.parametrize("width", [80, 100, 133, 200])
def test_lifelines_are_straight(name: str, width: int) -> None:
    """Both are in the same column on each line; nothing is wider than 100 columns, or what the console has."""
    for conversation in followed(talk(name)):
        Assembler(session_calls()).complete(conversation)
        lines = drawn(conversation, width=width)
        lifelines = [[at for at, char in enumerate(line) if char in "│├┤"] for line in lines]
        left, right = next(filter(None, lifelines))
        assert all(columns in ([], [left, right]) for columns in lifelines)
        assert max(map(cell_len, lines)) <= max(width, 100)


def test_a_long_transfer_is_told_in_a_line() -> None:
    """Instead of hundreds."""
    lines = drawn(joined(transfer(400), []))
    assert len(lines) < 40
    assert any("bytes client → server" in line for line in lines)


def test_an_explanation_is_below_its_row() -> None:
    """In the language that is asked for."""
    conversation = joined(session(), session_calls())
    assert any("it is not accept() that sends SYN,ACK" in line for line in drawn(conversation, explain=True))
    assert any("三次握手完成" in line for line in drawn(conversation, explain=True, lang="zh"))


def test_without_colour_there_is_no_escape_sequence() -> None:
    """A file, or a terminal whose user does not want it."""
    assert "\x1b" not in "".join(drawn(joined(session(), session_calls()), explain=True))
