"""Charts of letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.report.text.charts import bar, blocks


@pytest.mark.parametrize(("share", "drawn"), [(0, ""), (1e-9, "▏"), (0.5, "██"), (0.53, "██▏"), (1, "████")])
def test_a_bar_is_as_long_as_its_share(share: float, drawn: str) -> None:
    """To an eighth of a letter, and what is not zero is seen."""
    assert bar(share, 4) == drawn


def test_blocks_are_as_high_as_their_values() -> None:
    """What is not zero is seen, what is beyond the scale is at its end."""
    assert blocks([0, 0.001, 4, 8, 9, -1], 0, 8) == " ▁▄██ "


@given(values=st.lists(st.floats(0, 1e18), max_size=5), low=st.floats(0, 1e18), high=st.floats(0, 1e18))
def test_there_is_a_letter_for_each_value(values: list[float], low: float, high: float) -> None:
    """Also where the scale is empty or upside down."""
    assert len(blocks(values, low, high)) == len(values)
