"""Steps as text."""

import io

import pytest
from rich.console import Console

from services.client.report.judging import judge
from services.client.report.text.steps import steps
from services.client.thresholds import Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import climb, load

CLIMB = climb("a", 10, 100, 1_000)


def printed(width: int = 100, max_p99_us: float | None = 500) -> list[str]:
    """Return the lines of a climb whose last step misses."""
    shown = steps(judge(merged(CLIMB), Thresholds(max_p99_us=max_p99_us)), width)
    file = io.StringIO()
    Console(file=file, width=width).print(shown)
    return [line.strip() for line in file.getvalue().splitlines()]


def test_each_step_has_its_figures_and_its_verdict() -> None:
    """What was asked, achieved and lost, the latencies, and which threshold it missed."""
    rows = [line.split() for line in printed()]
    assert rows[0] == ["asked", "msg/s", "failed", "p50", "p99", "max"]
    assert rows[1][:9] == ["100", "100", "0", "10", "µs", "10", "µs", "10", "µs"]
    assert [row[-1] for row in rows[1:3]] == ["met", "met"]
    assert rows[3][-2:] == ["missed:", "p99"]


def test_the_latency_is_drawn_on_a_logarithmic_scale() -> None:
    """Each tenfold is as much longer, and the least one is seen."""
    lengths = [line.count("█") for line in printed()[1:4]]
    assert lengths == [1, 12, 24]


def test_the_highest_good_rate_is_said() -> None:
    """Or that there was none."""
    assert printed()[-1] == "The highest rate that was kept, and met the thresholds: 200 msg/s."
    assert printed(max_p99_us=1)[-1] == "No step kept its rate and the thresholds."


@pytest.mark.parametrize("width", [58, 78, 98])
def test_no_figure_is_cut_where_it_is_narrow(width: int) -> None:
    """Columns go instead."""
    lines = printed(width)
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)
    assert (lines[3].count("█") > 4) == (width > 70)
    assert lines[3].endswith("missed: p99")


def test_a_load_at_one_rate_has_no_steps() -> None:
    """There is nothing to compare."""
    assert steps(judge(merged(load()), Thresholds()), 80) is None


def test_what_was_missed_is_red() -> None:
    """And what was met is green, where there are colours."""
    file = io.StringIO()
    shown = steps(judge(merged(CLIMB), Thresholds(max_p99_us=500)), 100)
    Console(file=file, width=100, force_terminal=True, color_system="standard").print(shown)
    lines = file.getvalue().splitlines()
    assert "\x1b[32mmet" in lines[1]
    assert "\x1b[1;31mmissed" in lines[3]


@pytest.mark.parametrize(("width", "longest"), [(76, 10), (80, 14), (160, 24)])
def test_the_longest_bar_fills_what_the_figures_leave(width: int, longest: int) -> None:
    """Up to as many letters as are easily compared."""
    assert printed(width)[3].count("█") == longest
