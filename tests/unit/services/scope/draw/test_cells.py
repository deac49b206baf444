"""Lines as pieces of text with their styles."""

import io

import pytest
from rich.console import Console

from services.scope.draw.cells import Cells, columns_of, show


def shown(*lines: Cells, color: bool) -> str:
    """Return what a terminal, or a file, gets."""
    console = Console(file=io.StringIO(), force_terminal=color, color_system="standard" if color else None, width=20)
    show(lines, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_pieces_follow_each_other() -> None:
    """Each as wide as a terminal shows it: a Chinese character takes two columns."""
    line = Cells("a ").add("你好", "bold").join(Cells("─b", "dim")).add("")
    assert (line.plain, line.columns) == ("a 你好─b", 8)
    assert line.pieces == [("a ", ""), ("你好", "bold"), ("─b", "dim")]


def test_a_line_is_filled_up() -> None:
    """With as many spaces as are missing, or none."""
    assert Cells("你").pad(4).plain == "你  "
    assert Cells("你").pad(1).plain == "你"


def test_a_terminal_gets_styles_and_a_file_text_alone() -> None:
    """Without the spaces at the ends of lines, which a copied ladder would have."""
    line = Cells("a", "red").add(" b  ", "bold").add("  ")
    assert shown(line, Cells(), color=True) == "\x1b[31ma\x1b[0m\x1b[1m b\x1b[0m\n\n"
    assert shown(line, Cells(), color=False) == "a b\n\n"


def test_a_line_is_not_broken() -> None:
    """However narrow the console is: the terminal does that, and a file is as wide as it needs."""
    assert shown(Cells("x" * 50), color=False) == "x" * 50 + "\n"


def test_an_order_to_the_terminal_is_shown_as_a_mark() -> None:
    """What a call record has for its program's name may be anything."""
    for color in (True, False):
        assert "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}\n" in shown(Cells("a\x1b[2Jb\x07"), color=color)


@pytest.mark.parametrize(("text", "columns"), [("", 0), ("SYN", 3), ("握手", 4), ("a→b", 3)])
def test_a_text_takes_the_columns_of_its_characters(text: str, columns: int) -> None:
    """A Chinese one takes two."""
    assert columns_of(text) == columns
