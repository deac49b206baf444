"""Tables that fit the terminal: on a narrow one the least important columns are left out, and no figure is cut."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.table import Table
from rich.text import Text

_GAP = 2


class Column(NamedTuple):
    """A column of a table: `goes` is the order in which columns are left out, 1 before 2; 0 always stays."""

    name: str
    goes: int = 0
    justify: Literal["left", "right"] = "right"


def table(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> Table:
    """Return a table of figures beside a name."""
    kept = _fitting(columns, rows, width)
    made = Table(box=None, pad_edge=False, header_style="dim", padding=(0, _GAP, 0, 0))
    for index in kept:
        made.add_column(columns[index].name, justify=columns[index].justify, no_wrap=True, overflow="fold")
    for row in rows:
        made.add_row(*(row[index] for index in kept))
    return made


def named(rows: Sequence[tuple[str, Text]]) -> Table:
    """Return names, and what there is to say of each."""
    made = Table(box=None, show_header=False, pad_edge=False)
    for name, text in rows:
        made.add_row(Text(name, style="dim"), text)
    return made


def _fitting(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> list[int]:
    """Return the indexes of the columns that there is room for."""
    kept = list(range(len(columns)))
    widths = [
        max([len(column.name), *(row[index].cell_len for row in rows)]) + _GAP for index, column in enumerate(columns)
    ]
    for index in sorted((i for i in kept if columns[i].goes), key=lambda i: columns[i].goes):
        if sum(widths[i] for i in kept) - _GAP > width:
            kept.remove(index)
    return kept
