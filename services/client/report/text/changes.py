"""A load beside an earlier one, as rows."""

from rich.console import Group, RenderableType
from rich.text import Text

from services.client.report.baseline import Change, Comparison
from services.client.report.labels import SPREAD, change_row, differences
from services.client.report.text.tables import Column, table


def changes(compared: Comparison, width: int) -> RenderableType:
    """Return a row for each figure, and which settings differ."""
    columns = [
        Column("", justify="left"),
        Column("before"),
        Column("now"),
        Column("change"),
        Column("varies", goes=1),
        Column("", justify="left"),
    ]
    rows = [_row(one) for one in compared.changes]
    sentences = [Text(SPREAD, "dim")]
    if differing := differences(compared):
        sentences.append(Text(differing, "yellow"))
    return Group(table(columns, rows, width), *sentences)


def _row(one: Change) -> list[Text]:
    *facts, verdict = change_row(one)
    style = "" if not one.is_beyond else "green" if one.is_better else "bold red"
    return [*map(Text, facts), Text(verdict, style)]
