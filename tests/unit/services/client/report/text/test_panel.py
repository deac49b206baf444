"""The panel of a load under way."""

import io
import time

import pytest
from rich.console import Console

from services.client.report.following import Replicas, Said
from services.client.report.text.panel import panel, shown

SAID = {"phase": "measuring", "left_s": 7, "in_flight": 3, "errors": 0, "p50_us": 150, "p99_us": 480, "max_us": 1_200}


def progress(*messages: int, ended: int = 0, **changes: object) -> Replicas:
    """Return the progress of replicas that verified so many messages; the first `ended` are done."""
    names = [f"client-{n}" for n in range(1, len(messages) + 1)]
    said = {
        name: Said.model_validate(SAID | {"messages": m} | changes) for name, m in zip(names, messages, strict=True)
    }
    return Replicas(said, dict.fromkeys(names, time.monotonic()), set(names[:ended]))


def drawn(told: Replicas, width: int = 80) -> list[str]:
    """Return the panel's lines."""
    file = io.StringIO()
    Console(file=file, width=width).print(panel(told, width))
    return file.getvalue().splitlines()


def test_replicas_and_their_sum_stand_below_each_other() -> None:
    """Counts are added; of the percentiles, which cannot be, the slowest replica's stands, and that is said."""
    told = progress(1_000, 500)
    told.replicas["client-2"] = told.replicas["client-2"].model_copy(update={"p99_us": 9_000, "errors": 2})
    lines = drawn(told)
    assert "measuring, 7 s left" in lines[0]
    assert lines[2].split()[1:5] == ["client-1", "1,000", "3", "0"]
    assert lines[4].split()[1:5] == ["all", "1,500", "6", "2"]
    assert lines[4].split()[5:-1] == ["150", "µs", "9", "ms", "1.2", "ms"]
    assert any("those of the slowest replica" in line for line in lines)


def test_the_panel_keeps_its_size() -> None:
    """It is drawn anew four times a second: figures of one digit and of three stand in the same place."""
    small, large = progress(1, p50_us=1, p99_us=2, max_us=3), progress(9_999, p50_us=99_900, p99_us=99_900)
    assert len(drawn(small)[0]) == len(drawn(large)[0])


def test_who_is_done_gone_or_silent_is_not_in_the_sum() -> None:
    """He is still in the panel."""
    told = progress(1_000, 500, 300, 200, ended=1)
    told.heard_s["client-2"] -= 60
    told.exited |= {"client-1": 1, "client-3": 137}
    rows = [line.strip("│ ").split() for line in drawn(told)]
    assert rows[2:5] == [["client-1", "done"], ["client-2", "silent"], ["client-3", "exit", "137"]]
    assert rows[6][:2] == ["all", "200"]


def test_many_replicas_fit_a_terminal() -> None:
    """The rest is in the sum, and that is said."""
    lines = drawn(progress(*[10] * 30))
    assert len(lines) <= 18
    assert any("all (and 18 more)" in line and "300" in line for line in lines)


@pytest.mark.parametrize("width", [60, 80])
def test_no_figure_is_cut(width: int) -> None:
    """Not on a narrow terminal either."""
    told = progress(*[1_234_567] * 3, in_flight=100_000, errors=98_765, p50_us=99_900, p99_us=999_000, max_us=3_600_000)
    lines = drawn(told, width)
    assert max(len(line) for line in lines) <= width
    for figure in ("1,234,567", "98,765", "99.9 ms", "999 ms", "3.6 s"):
        assert figure in lines[2]
    assert ("100,000" in lines[2]) is (width == 80)


def test_without_a_terminal_a_line_tells_of_each_phase() -> None:
    """And not a line a second."""
    file = io.StringIO()
    with shown(Console(file=file)) as told:
        for _ in range(50):
            told(progress(100, phase="warm-up"), None)
        told(progress(100, 100), None)
        told(progress(100, 100), "client-2 exited with code 137")
    assert file.getvalue().splitlines() == [
        "warm-up, 7 s left: 1 replica, 100 msg/s, 0 errors, p50 150 µs, p99 480 µs",
        "measuring, 7 s left: 2 replicas, 200 msg/s, 0 errors, p50 150 µs, p99 480 µs",
        "client-2 exited with code 137",
    ]


def test_on_a_terminal_remarks_stay_and_the_panel_goes() -> None:
    """What is left on the screen is what went wrong, and then the report."""
    file = io.StringIO()
    with shown(Console(file=file, force_terminal=True, width=80)) as told:
        told(progress(100), None)
        told(progress(100), "client-2 exited with code 137 \x1b[31m")
    assert "client-1" in file.getvalue()
    assert "client-2 exited with code 137 \\x1b[31m" in file.getvalue()
    assert "\x1b[2K" in file.getvalue().rpartition("client-2")[2]
