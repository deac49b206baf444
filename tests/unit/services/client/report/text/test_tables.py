"""Tables that fit."""

import io

from rich.console import Console
from rich.text import Text

from services.client.report.text.tables import Column, named, table

COLUMNS = [
    Column("name", justify="left"),
    Column("first", goes=1),
    Column("last", goes=2),
    Column("always"),
]
ROWS = [[Text(text) for text in ("a", "1", "22 µs", "333 µs")]]


def printed(width: int) -> list[str]:
    """Return the lines of a table for so many columns."""
    file = io.StringIO()
    Console(file=file, width=width).print(table(COLUMNS, ROWS, width))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_figures_stand_below_their_names() -> None:
    """Names at the left, figures at the right."""
    assert printed(40) == ["name  first   last  always", "a         1  22 µs  333 µs"]


def test_where_it_is_narrow_columns_go_and_no_figure_is_cut() -> None:
    """One after the other, in their order; what has to stay is never shortened."""
    assert printed(26)[0].split() == ["name", "first", "last", "always"]
    assert printed(25)[0].split() == ["name", "last", "always"]
    assert printed(12)[0].split() == ["name", "always"]


def test_names_stand_beside_what_is_said_of_them() -> None:
    """As a list of facts, without a head."""
    file = io.StringIO()
    Console(file=file, width=40).print(named([("data", Text("1 KiB")), ("rate", Text("5 msg/s"))]))
    assert [line.split() for line in file.getvalue().splitlines()] == [["data", "1", "KiB"], ["rate", "5", "msg/s"]]
