"""What is shown while a run lasts."""

import io
import os
import pty
import sys

import pytest

from services.client.load.phases import Phase, Progress
from services.client.load.progress import drawn, logged
from services.client.load.results.recording import Glance
from tests.unit.harness.facts import Journal


def test_elsewhere_a_second_is_one_log_line() -> None:
    """It has phase, time left, rate, in flight, errors and the second's latency."""
    journal = Journal()
    logged(journal.log)(Progress(Phase.WARMUP, Glance(1000, 2, 50, 900, 1500), 7, 3_400_000_000))
    assert journal.wait_for(
        "load_progressed",
        phase="warm-up",
        left_s=3,
        messages=1000,
        in_flight=7,
        errors=2,
        p50_us=50,
        p99_us=900,
        max_us=1500,
    )


def test_on_a_terminal_it_is_drawn_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it reaches stdout, and durations are written as people read them."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("COLUMNS", "100")
    with drawn() as show:
        show(Progress(Phase.DRAIN, Glance(12_345, 0, 50, 12_300, None), 7, 3_400_000_000))
    for part in ("draining", "3 s left", "12,345/s", "7 in flight", "0 errors", "p50 50 µs", "p99 12.3 ms", "max -"):
        assert part in stderr.getvalue()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100])
def test_no_figure_is_cut_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """A figure is shown with its unit, or not at all: `28.7 m` would be minutes."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("COLUMNS", str(columns))
    with drawn() as show:
        show(Progress(Phase.MEASURE, Glance(1_234, 5, 888, 28_700, 34_600), 7, 4_400_000_000))
    (line,) = (one.rstrip() for one in stderr.getvalue().splitlines() if "measuring" in one)
    whole = "measuring 4 s left  1,234/s  5 errors  p50 888 µs  p99 28.7 ms  max 34.6 ms  7 in flight"
    shown = line[line.index("measuring") :]
    assert whole.startswith(shown)
    assert whole.removeprefix(shown).startswith("  ") or shown == whole
    assert len(shown) <= columns


def test_a_terminal_of_80_columns_shows_every_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a narrow one cuts is the number in flight, which tells the least."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("COLUMNS", "80")
    with drawn() as show:
        show(Progress(Phase.MEASURE, Glance(123_456, 0, 9_999, 12_300, 123_400), 7, 59_400_000_000))
    for part in ("measuring", "59 s left", "123,456/s", "0 errors", "p50 9999 µs", "p99 12.3 ms", "max 123.4"):
        assert part in stderr.getvalue()


def test_a_terminal_that_is_gone_costs_the_picture_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its every write fails; the load goes on, and prints its result."""
    screen, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with drawn() as show:
            os.close(screen)
            for _ in range(2):
                show(Progress(Phase.MEASURE, Glance(123_456, 0, 9_999, 12_300, 123_400), 7, 59_400_000_000))
