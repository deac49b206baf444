"""The columns of the table of conversations."""

from services.scope.columns import Column
from services.scope.draw.table import ORDERS
from services.scope.words import en, zh


def test_every_column_has_a_head_in_each_language_and_an_order() -> None:
    """So that what is added is whole."""
    assert set(en.PHRASES.columns) == set(zh.PHRASES.columns) == set(ORDERS) == set(Column)
