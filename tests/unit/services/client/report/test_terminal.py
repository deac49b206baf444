"""The report as text."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from services.client.report.terminal import bar, blocks, show
from tests.unit.services.client.report.harness.merged import HOSTILE, merged
from tests.unit.services.client.report.harness.results import at, load, session

STALLED = (*((n // 10, 100 + n) for n in range(90)), (9, 1_000_000))


def printed(*documents: dict[str, Any], **options: Any) -> str:
    """Return what is printed of these results where there is no terminal."""
    file = io.StringIO()
    show(merged(*documents), Console(file=file, **options))
    return file.getvalue()


def section(text: str, title: str) -> list[str]:
    """Return the lines below a title."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    end = next((n for n, line in enumerate(lines[start:], start) if not line.startswith("  ")), len(lines))
    return [line.strip() for line in lines[start:end] if line.strip()]


def test_the_percentiles_stand_beside_each_other() -> None:
    """Latency, service time and connect time, and how many messages were slower."""
    rows = [line.split() for line in section(printed(load(STALLED)), "Percentiles")]
    assert rows[0][:2] == ["latency", "service"]
    assert ["p50", "145", "µs", "72", "µs", "250", "µs", "46", "messages"] in rows
    assert ["max", "1", "s", "500", "ms", "250", "µs"] in rows


def test_a_stall_is_seen_in_the_histogram() -> None:
    """Its bar is short, but it is there; the shares add up."""
    lines = section(printed(load(STALLED)), "Latency, on a logarithmic scale")
    assert lines[-2].split() == ["1", "s", "2", "s", "1", "▍", "100", "%"]
    assert sum(int(line.split()[4]) for line in lines[1:-1]) == len(STALLED)


def test_the_timeline_has_a_column_for_each_second() -> None:
    """Also for those in which nothing came back, and one mark for each with errors."""
    result = load(((0, 100), (1, 100), (1, 100), (4, 9_000)), ended_at=at(5))
    result["timeline"][1]["errors"] = 3
    lines = section(printed(result), "Timeline")
    assert lines[0] == "rate    ▄█  ▄"
    assert lines[1] == "1 to 2 msg/s"
    assert lines[2] == "p99     ▁▁  █"
    assert lines[4] == "errors   !"


def test_replicas_stand_below_each_other() -> None:
    """A crowd is cut, and that is said; a single client needs no such table."""
    assert "Replicas" not in printed(load())
    lines = section(printed(*(load(host=f"h{n:02}") for n in range(30))), "Replicas")
    assert lines[1].split() == ["h00", "+0.000", "s", "1", "0", "100", "100", "µs", "100", "µs", "100", "µs"]
    assert lines[-1].endswith("and 6 more: see --json or --html.")


def test_sessions_have_a_summary_and_their_errors() -> None:
    """And nothing that they do not measure."""
    text = printed(session(errors={"reset": 1}, sessions_failed=1), session(5))
    assert "2, 1 failed" in text
    assert section(text, "Errors") == ["reset  1"]
    assert [title for title in ("Percentiles", "Timeline") if title in text] == []


def test_a_closed_loop_is_said_to_be_one() -> None:
    """Its percentiles are not those of users who come at their own times."""
    assert "Closed loop" in printed(load(rate_requested=0.0))
    assert "Closed loop" not in printed(load())


def test_a_load_that_did_nothing_is_shown_as_such() -> None:
    """Without a number where there is none."""
    text = printed(load((), rate_achieved=0.0, sessions=0))
    assert "p99" in text
    assert "nan" not in text.lower()


def test_foreign_text_does_not_steer_the_terminal() -> None:
    """No escape sequence gets through, and no markup is followed."""
    result = load(host=HOSTILE, errors={HOSTILE: 1}, settings={"host": HOSTILE})
    text = printed(result, load(host="b"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in text


def test_there_are_colours_on_a_terminal_only() -> None:
    """And none where NO_COLOR is set, which rich looks after."""
    assert "\x1b" not in printed(load())
    assert "\x1b[3" in printed(load(), force_terminal=True, color_system="standard")
    assert "\x1b[3" not in printed(load(), force_terminal=True, color_system="standard", no_color=True)


@settings(max_examples=15)
@given(samples=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 2**33)), max_size=20), replicas=st.integers(1, 3))
def test_any_report_fits_80_columns(samples: list[tuple[int, int]], replicas: int) -> None:
    """Whatever was measured."""
    text = printed(*(load(samples, host=f"replica {n}" * 9) for n in range(replicas)), width=80)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


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
