"""Charts of letters."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from services.client.report.text.charts import bar, blocks, histogram
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import load


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


@pytest.mark.parametrize(("width", "longest"), [(30, 4), (60, 22), (76, 38), (160, 38)])
def test_the_longest_bar_fills_what_the_figures_leave(width: int, longest: int) -> None:
    """From four letters, where the figures take all the room, to as many as are easily compared."""
    file = io.StringIO()
    Console(file=file, width=200).print(histogram(merged(load(((0, 100),) * 9)), width))
    assert file.getvalue().count("█") == longest
