"""Breaks a text into lines; Chinese characters are two columns wide, and a line may break between any two."""

import re
from functools import lru_cache

from rich.cells import cell_len

# The pieces between which a line may break: a word, a wide character, or spaces. Opening marks stay with what follows,
# closing marks with what comes before.
_WIDE = r"\u3001-\u303f\u3400-\u9fff\uff00-\uffef"
_CLOSING = r"[\u3001\u3002\u300d\u201d\uff01\uff09\uff0c\uff1a\uff1b\uff1f]*"
_PIECES = re.compile(rf"\uff08?(?:[{_WIDE}]|[^\s{_WIDE}]+){_CLOSING}|\s+")


# Ladders share notes and legends: without this cache, breaking them again took a third of the drawing time.
_KEPT_TEXTS = 4096


@lru_cache(_KEPT_TEXTS)
def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Return as few lines of at most `width` columns as there can be, about equally long; a longer word stays whole."""
    pieces = [(piece, cell_len(piece), cell_len(piece.rstrip())) for piece in _PIECES.findall(text)]
    lines = _break(pieces, width)
    # Equally long lines avoid a last line of one word.
    for narrower in range(width - 1, width // 2, -1):
        evener = _break(pieces, narrower) if len(lines) > 1 else lines
        if len(evener) > len(lines):
            break
        lines = evener
    return tuple(lines)


def _break(pieces: list[tuple[str, int, int]], width: int) -> list[str]:
    """Fill lines with pieces; each comes with its columns, with and without the spaces at its end."""
    lines, line, columns = [], "", 0
    for piece, all_columns, bare_columns in pieces:
        if line and columns + bare_columns > width:
            lines.append(line.rstrip())
            line, columns = "", 0
        if line or bare_columns:
            line += piece
            columns += all_columns
    return [*lines, line.rstrip()] if line.strip() else lines
