"""Breaks a text into lines; Chinese characters are two columns wide and need no space between them to be parted."""

import re

from rich.cells import cell_len

# What may stand at the end of a line: a word with the spaces behind it, or one wide character with the punctuation
# that must not begin a line.
_PIECES = re.compile(r"[　-〿㐀-鿿＀-￯][，。；：、）」”！？]*|[^\s　-〿㐀-鿿＀-￯]+[，。；：、）」”！？]*|\s+")


def wrapped(text: str, width: int) -> list[str]:
    """Return as few lines of at most `width` columns as there can be, about equally long; a longer word stays whole."""
    lines = _broken(text, width)
    # A last line of one word looks lost.
    for narrower in range(width - 1, width // 2, -1):
        evener = _broken(text, narrower)
        if len(evener) > len(lines):
            break
        lines = evener
    return lines


def _broken(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for piece in _PIECES.findall(text):
        if line and cell_len(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines
