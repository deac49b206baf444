"""Breaks a text into lines; Chinese characters are two columns wide and need no space between them to be parted."""

import re

from rich.cells import cell_len

# What may stand at the end of a line: a word, a wide character, or spaces. What opens keeps what follows it, and what
# closes what comes before it.
_WIDE = r"\u3001-\u303f\u3400-\u9fff\uff00-\uffef"
_CLOSING = r"[\u3001\u3002\u300d\u201d\uff01\uff09\uff0c\uff1a\uff1b\uff1f]*"
_PIECES = re.compile(rf"\uff08?(?:[{_WIDE}]|[^\s{_WIDE}]+){_CLOSING}|\s+")


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
