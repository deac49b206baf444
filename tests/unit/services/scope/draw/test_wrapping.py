"""Breaking texts into lines."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len

from services.scope.draw.wrapping import wrapped


@given(some.text("ab c，。（三次", max_size=80), some.integers(4, 30))
def test_nothing_is_lost(text: str, width: int) -> None:
    """But the spaces at which a line ends."""
    assert "".join("".join(wrapped(text, width)).split()) == "".join(text.split())


def test_lines_are_within_the_width() -> None:
    """A Chinese character takes two columns."""
    lines = wrapped("服务器内核自行应答，此时 accept() 仍在睡眠：发送 SYN,ACK 的并不是 accept()。" * 3, 40)
    assert len(lines) > 1
    assert all(cell_len(line) <= 40 for line in lines)


def test_a_line_does_not_begin_with_what_closes() -> None:
    """Chinese punctuation stays with the character before it."""
    for width in range(8, 30):
        assert not any(
            line[0] in "，。）；：" for line in wrapped("三次握手，（确认）。半关闭；重传：零窗口。" * 2, width)
        )


def test_lines_are_about_equally_long() -> None:
    """No last line of one word."""
    lines = wrapped("one two three four five six seven eight nine ten", 44)
    assert len(lines) == 2
    assert len(lines[1]) > 15


def test_a_word_that_is_too_long_stays_whole() -> None:
    """A line is rather too long than wrong."""
    assert wrapped("a incomprehensibilities b", 8) == ("a", "incomprehensibilities", "b")


def test_a_text_of_one_line_is_left_as_it_is() -> None:
    """It cannot be made evener; the spaces around it are none of its."""
    assert wrapped("  one two three  ", 13) == ("one two three",)
    assert wrapped("one two three", 12) == ("one two", "three")
    assert wrapped("", 12) == ()
