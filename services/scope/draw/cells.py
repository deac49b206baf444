"""A terminal's line as pieces of text with their styles: a ladder has thousands, which rich's Text is too slow for."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Self

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"

_parse_style = lru_cache(Style.parse)

_END_OF_LINE = Segment.line()


def columns_of(text: str) -> int:
    """Return how many columns a text takes: rich's answer, and for plain ASCII, which is most of it, at once."""
    return len(text) if text.isascii() else cell_len(text)


class Cells:
    """A line, and how many columns it takes.

    A piece is a text, and rich's name for its style; without one it is as the terminal has it.
    """

    __slots__ = ("columns", "pieces")

    def __init__(self, text: str = "", style: str = "") -> None:
        self.pieces: list[tuple[str, str]] = []
        self.columns = 0
        if text:
            self.add(text, style)

    @property
    def plain(self) -> str:
        """Its text without its styles."""
        return "".join(text for text, _ in self.pieces)

    def add(self, text: str, style: str = "") -> Self:
        """Put text at its end."""
        if text:
            self.pieces.append((text, style))
            self.columns += columns_of(text)
        return self

    def join(self, other: "Cells") -> Self:
        """Put another line at its end."""
        self.pieces += other.pieces
        self.columns += other.columns
        return self

    def pad(self, columns: int) -> Self:
        """Fill it with spaces up to so many columns."""
        return self.add(" " * (columns - self.columns))


def show(lines: Iterable[Cells], console: Console) -> None:
    """Print lines, without the spaces at their ends.

    Control characters, which the terminal would obey, are shown as a mark.
    In a narrower window the terminal breaks the lines: better than a ladder without its right side.
    """
    if console.color_system is None:
        segments = [Segment("".join(f"{_clean(line.plain.rstrip())}\n" for line in lines))]
    else:
        segments = [segment for line in lines for segment in _render(line.pieces)]
    console.print(Segments(segments), soft_wrap=True, end="")


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _UNPRINTABLE for one in text)


def _render(pieces: list[tuple[str, str]]) -> Iterator[Segment]:
    end = len(pieces)
    while end and not pieces[end - 1][0].rstrip():
        end -= 1
    for at, (text, style) in enumerate(pieces[:end], 1):
        yield Segment(_clean(text if at < end else text.rstrip()), _parse_style(style))
    yield _END_OF_LINE
