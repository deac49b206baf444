"""The ladder on a terminal."""

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from services.scope.calls.assemble import Assembler
from services.scope.draw.terminal import draw
from services.scope.model import Conversation, Endpoint
from services.scope.words.words import Lang
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
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
@pytest.mark.parametrize("width", [60, 80, 88, 100, 133, 200])
def test_lifelines_are_straight(name: str, width: int) -> None:
    """Both are in the same column on each line; nothing is wider than 80 columns, or what the console has."""
    for conversation in followed(talk(name)):
        Assembler(session_calls()).complete(conversation)
        lines = drawn(conversation, width=width)
        lifelines = [[at for at, char in enumerate(line) if char in "│├┤"] for line in lines]
        left, right = next(filter(None, lifelines))
        assert all(columns in ([], [left, right]) for columns in lifelines)
        assert max(map(cell_len, lines)) <= max(width, 80)


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


def test_on_a_narrow_terminal_nothing_of_a_call_is_left_out() -> None:
    """What it returned, and which segments it waited for, go on below where there is no room beside it."""
    conversation = joined(session(), session_calls())
    every = [
        sorted(re.findall(r"\w+\(\)|= \d+|[▸◂]#\d+", "\n".join(drawn(conversation, width=width))))
        for width in (80, 100, 140)
    ]
    assert every[0] == every[1] == every[2]
    assert "◂#9" in every[0]


def test_a_call_that_has_no_room_in_a_line_has_several() -> None:
    """Its bar is where it began, or goes on beside them."""
    calls = [call("server", "recv", 8.4, 8.5, errno="ECONNRESET"), *session_calls()]
    for one, width in ((calls, 80), ([replace(calls[0], syscall="recvfrom"), *calls[1:]], 100)):
        lines = drawn(joined(session(), one), width=width)
        at = next(number for number, line in enumerate(lines) if "= -1" in line)
        assert "ECONNRESET" in f"{lines[at]} {lines[at + 1]}"
        assert sum("╸" in line for line in lines[at - 1 : at + 2]) == 1
        assert max(map(cell_len, lines)) <= width


def test_ends_that_are_long_leave_no_room_for_the_summary_beside_them() -> None:
    """It is below them, and no line is too long."""
    conversation = joined(session(), session_calls())
    conversation.client = Endpoint("2001:db8:1234:5678:9abc:def0:1:2", 49152)
    ends, summary, *_ = drawn(conversation, width=80)
    assert "→" in ends
    assert "closed · " in summary
    assert max(len(ends), len(summary)) <= 80
