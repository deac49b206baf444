"""Changes as text."""

import io

import pytest
from rich.console import Console

from services.client.report.baseline import Change, Comparison, Differing, Figure
from services.client.report.text.changes import changes
from tests.unit.services.client.report.harness.merged import HOSTILE, merged
from tests.unit.services.client.report.harness.results import load

CHANGES = [
    Change(Figure.RATE, 1000.0, 900.0, 20.0),
    Change(Figure.ERROR_RATE, 0.0, 0.5, None),
    Change(Figure.P99, 2_000.0, 1_000.0, 100.0),
    Change(Figure.MAX, None, 5_000.0, None),
    Change(Figure.P50, 100.0, 101.0, 5.0),
]


def printed(width: int = 100, setting: str = "rate") -> list[str]:
    """Return the lines of these changes."""
    file = io.StringIO()
    compared = Comparison(merged(load()), CHANGES, [Differing(setting, 100.0, None)])
    Console(file=file, width=width).print(changes(compared, width))
    return [line.strip() for line in file.getvalue().splitlines()]


def test_each_figure_stands_beside_what_it_was() -> None:
    """With its unit, the change in percent, what it varies by, and what is to be made of it."""
    assert [" ".join(line.split()) for line in printed()[:6]] == [
        "before now change varies",
        "rate 1,000 msg/s 900 msg/s -10.0 % ± 20 msg/s worse",
        "error rate 0 % 50 % - -",
        "latency p99 2 ms 1 ms -50.0 % ± 100 µs better",
        "latency max - 5 ms - -",
        "latency p50 100 µs 101 µs +1.0 % ± 5 µs within",
    ]


def test_settings_that_differ_are_said() -> None:
    """As text, whoever wrote them."""
    assert printed()[-1] == "Settings differ: rate (100.0 before, - now)."
    assert "\x1b" not in "".join(printed(setting=HOSTILE))


@pytest.mark.parametrize("width", [58, 78])
def test_no_figure_is_cut_where_it_is_narrow(width: int) -> None:
    """What it varies by goes, and the verdict stays."""
    lines = printed(width)
    assert max(map(len, lines)) <= width
    assert lines[1].endswith("worse")


def test_a_change_for_the_worse_is_red_and_one_for_the_better_green() -> None:
    """What may be chance, or is not known, has no colour."""
    file = io.StringIO()
    shown = changes(Comparison(merged(load()), CHANGES, []), 100)
    Console(file=file, width=100, force_terminal=True, color_system="standard").print(shown)
    _, rate, error_rate, p99, _, p50, *_ = file.getvalue().splitlines()
    assert "\x1b[1;31mworse" in rate
    assert "\x1b[32mbetter" in p99
    assert not [line for line in (error_rate, p50) if "\x1b[3" in line or "\x1b[1" in line]
