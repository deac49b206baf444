"""What is shown while a run lasts."""

import io
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


def test_a_terminal_of_80_columns_shows_every_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a narrow one cuts is the number in flight, which tells the least."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("COLUMNS", "80")
    with drawn() as show:
        show(Progress(Phase.MEASURE, Glance(123_456, 0, 9_999, 12_300, 123_400), 7, 59_400_000_000))
    for part in ("measuring", "59 s left", "123,456/s", "0 errors", "p50 9999 µs", "p99 12.3 ms", "max 123.4"):
        assert part in stderr.getvalue()
