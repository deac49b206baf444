"""A conversation on a terminal."""

import io
import sys
from types import ModuleType

import pytest
from rich.cells import cell_len
from rich.console import Console

from services.scope import notes
from services.scope.model import Check, Conversation
from services.scope.terminal import draw
from tests.unit.services.scope.joined import call, conversation, transfer
from tests.unit.services.scope.talks import TALKS, talk
from tests.unit.services.scope.wire import Talk, followed

SENTENCE = "客户端发送 SYN，请求建立连接；服务器的内核会用 SYN,ACK 回答，这时 accept() 还没有返回。" * 3  # noqa: RUF001 -- Chinese punctuation


def drawn(found: Conversation, width: int = 100, *, explain: bool = False, terminal: bool = False) -> list[str]:
    """Return the lines of a drawing."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        highlight=False,
        force_terminal=terminal,
        color_system="truecolor" if terminal else "auto",
    )
    draw(found, console, explain=explain, lang="zh")
    return stream.getvalue().splitlines()


def session() -> Conversation:
    """Return a session with the calls of both ends, one of them with a long result."""
    spoken = transfer(30)
    spoken.client("FIN ACK", 3001, 1)
    spoken.server("FIN ACK", 1, 3002)
    spoken.client("ACK", 3002, 2)
    found = conversation(
        spoken,
        call("server", "listen", (-5000, -4999)),
        call("client", "connect", (0.5, 2.5), [0, 1]),
        call("server", "accept", (1.5, 3.5), [2]),
        call("server", "recv", (3.6, 33.1), range(3, 33), bytes=3000, offset=0),
        call("client", "recv", (40, 40.1), errno="ECONNRESET"),
    )
    found.checks = [Check("connect.t0 <= first SYN", holds=True, detail="by 500.0 us")] * 9
    return found


@pytest.fixture
def explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Explain every row in the same wide words."""
    module = ModuleType("services.scope.explain")
    vars(module).update(sentence_for_segment=lambda *_: SENTENCE, sentence_for_call=lambda *_: SENTENCE)
    monkeypatch.setitem(sys.modules, module.__name__, module)


def line_with(lines: list[str], text: str) -> str:
    """Return the one line with this text."""
    (line,) = (line for line in lines if text in line)
    return line


def test_arrows_point_from_the_sender_to_the_other_end() -> None:
    """Client left, server right."""
    lines = drawn(followed(talk("nobody_listens"))[0])
    assert "┃──" in line_with(lines, " SYN seq 0 ")
    assert "─▶┃" in line_with(lines, " SYN seq 0 ")
    assert "┃◀──" in line_with(lines, " RST,ACK ")
    assert "──┃" in line_with(lines, " RST,ACK ")


def test_a_bar_covers_the_rows_between_entry_and_return() -> None:
    """One sees which segments passed while a call was waiting, and which did not."""
    lines = drawn(session())
    first, last = lines.index(line_with(lines, "connect() ┐┃")), lines.index(line_with(lines, "= 0, 2.0 ms ┘┃"))
    assert [line.split("┃")[0][-1] for line in lines[first + 1 : last]] == ["│"] * (last - first - 1)
    assert sum("▶" in line or "◀" in line for line in lines[first:last]) == 2
    assert "│" not in lines[last + 1].split("┃")[0]
    assert "┃┌ accept()" in line_with(lines, "accept()")


def test_states_stand_where_they_change() -> None:
    """At their own end's side; a guess has a question mark, what a segment proves has none."""
    lines = drawn(followed(transfer(0))[0])
    client, _, server = line_with(lines, "SYN seq 0 ─").split("┃")
    assert (client.split()[-1], server.strip()) == ("SYN-SENT", "LISTEN?")
    client, _, server = line_with(lines, "SYN,ACK").split("┃")
    assert (client.split()[-1], server.strip()) == ("ESTABLISHED", "SYN-RECEIVED")
    client, _, server = line_with(lines, "─ ACK").split("┃")
    assert (client.split()[-1], server.strip()) == ("ms", "ESTABLISHED")


@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
@pytest.mark.usefixtures("explained")
def test_no_line_is_wider_than_the_console(width: int) -> None:
    """Double-width characters counted as two."""
    talks = [followed(talk(name))[0] for name in TALKS]
    for found in (session(), *talks):
        assert max(cell_len(line) for line in drawn(found, width, explain=True)) <= width


def test_lifelines_are_straight() -> None:
    """Whatever a line shows, they stand in the same columns."""
    for width in (100, 140):
        found = drawn(session(), width)
        columns = {tuple(i for i, c in enumerate(line) if c == "┃") for line in found if "┃" in line}
        assert len(columns) == 1


def test_without_a_terminal_it_is_plain_text() -> None:
    """No escape codes in a file; colours on a terminal."""
    assert "\x1b" not in "".join(drawn(session()))
    assert "\x1b[" in "".join(drawn(session(), terminal=True))


def test_numbers_that_do_not_fit_in_an_arrow_stand_below_it() -> None:
    """Nothing is cut off in 100 columns."""
    spoken = Talk()
    spoken.handshake()
    for number in range(2):
        spoken.client("PSH ACK", 1 + number * 1_000_000, 1, 1000)
    lines = drawn(followed(spoken)[0])
    below = lines.index(line_with(lines, "seq 1000001 ack 1 len 1000"))
    assert "PSH,ACK" in lines[below - 1]
    assert notes.PREVIOUS_NOT_CAPTURED in "".join(lines[below + 1 :])


def test_a_fold_says_what_it_hides() -> None:
    """In one row."""
    assert "⋮ 26 segments, 2,600 bytes →" in "\n".join(drawn(session(), 140))


def test_a_failure_stands_whole() -> None:
    """What has no room beside its call has a row of its own."""
    assert "ECONNRESET, 100 µs ┘┃" in line_with(drawn(session()), "ECONNRESET")


def test_all_checks_hold_in_one_line_and_a_violated_one_is_a_finding() -> None:
    """With its detail in full."""
    found = session()
    assert "✓ all 9 causal checks hold" in drawn(found)
    found.checks[0] = Check(
        "connect.t0 <= first SYN", holds=False, detail="violated by 7.0 us: connect() of the client"
    )
    lines = drawn(found)
    assert "✓ 8 of 9 causal checks hold" in lines
    assert "✗ connect.t0 <= first SYN: violated by 7.0 us: connect() of the client" in lines


def test_packets_without_calls_draw() -> None:
    """Nothing is said of checks that nothing can be checked against."""
    lines = drawn(followed(transfer(0))[0])
    assert lines[0] == "10.0.0.1:40000 → 10.0.0.2:5000, open"
    assert "check" not in "".join(lines)


def test_calls_without_packets_draw() -> None:
    """The conversation says that no packet was captured."""
    found = followed(transfer(0))[0]
    found.outcome, found.segments, found.notes = "not captured", [], [notes.NOT_CAPTURED]
    found.calls = [call("client", "connect", (0, 2)), call("server", "accept", (1, 3))]
    lines = drawn(found)
    assert lines[1] == f"  • {notes.NOT_CAPTURED}"
    assert "┃┌ accept()" in line_with(lines, "accept()")


@pytest.mark.usefixtures("explained")
def test_an_explanation_stands_below_its_row() -> None:
    """One for each segment, and one for each call."""
    lines = drawn(followed(transfer(0))[0], 140, explain=True)
    arrow = lines.index(line_with(lines, " SYN seq 0 "))
    assert lines[arrow + 1].startswith("    客户端")
    assert "".join(lines).count("客户端发送") == 3 * 3  # rows, times what one sentence repeats
