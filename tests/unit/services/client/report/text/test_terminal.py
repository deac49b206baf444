"""The report as text."""

import io
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from services.client.report.judging import judge
from services.client.report.text.terminal import show
from services.client.thresholds import Thresholds
from shared.load.histogram import PERCENTILES
from tests.unit.services.client.report.harness.merged import HOSTILE, merged
from tests.unit.services.client.report.harness.results import at, durations, load, session, timeline

STALLED = (*((n // 10, 100 + n) for n in range(90)), (9, 1_000_000))


def printed(
    *documents: dict[str, Any],
    asked: Thresholds | None = None,
    percentiles: Sequence[float] = PERCENTILES,
    **options: Any,
) -> str:
    """Return what is printed of these results where there is no terminal."""
    file, one = io.StringIO(), merged(*documents)
    show(one, judge(one, asked or Thresholds()), percentiles, Console(file=file, **options))
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
    result = load(((0, 100), (1, 100), (1, 100), (4, 9_000)) * 10, ended_at=at(5))
    result["timeline"][1]["errors"] = 3
    lines = section(printed(result), "Timeline")
    assert lines[0] == "rate    ▄█  ▄"
    assert lines[1] == "10 to 20 msg/s"
    assert lines[2] == "p99     ▁▁  █"
    assert lines[4] == "errors   !"


def test_replicas_stand_below_each_other() -> None:
    """A crowd is cut, and that is said; a single client needs no such table."""
    assert "Replicas" not in printed(load())
    lines = section(printed(*(load(host=f"h{n:02}") for n in range(30))), "Replicas")
    assert lines[1].split() == ["h00", "+0.000", "s", "1", "0", "100", "100", "µs", "100", "µs", "100", "µs"]
    assert lines[-1].endswith("and 6 more: see --json, --csv or --html.")


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
    """Without a figure that nobody measured, and without a chart of nothing."""
    empty = load(
        (), rate_achieved=0.0, sessions=0, started_at=at(0), ended_at=at(0), connect_us=durations([]).summary()
    )
    empty["histograms"]["connect_us"] = durations([]).encode()
    text = printed(empty)
    assert not {"µs", "█", "nan"} & {*text.lower(), *text.split()}
    assert not [title for title in ("Timeline", "Percentiles") if title in text]


def test_a_load_that_never_came_to_measure_has_no_rate() -> None:
    """Not even one of 0: nothing says that it would not have been kept."""
    text = printed(load((), ended_at=at(0), interrupted="SIGINT", rate_achieved=0.0))
    assert [line.split()[0] for line in section(text, "Summary (interrupted)")] == [
        "clients",
        "sessions",
        "messages",
        "data",
    ]


def test_connections_without_messages_have_their_times() -> None:
    """And no share of messages that there are not."""
    rows = [line.split() for line in section(printed(load(())), "Percentiles")]
    assert rows[0] == ["latency", "service", "time", "connect"]
    assert ["p99", "-", "-", "250", "µs"] in rows


def test_errors_say_why() -> None:
    """In which phase, and what the kernel calls it: a client that ran out of ports is no slow server."""
    reasons = [{"phase": "connect", "kind": "refused", "errno": "ECONNREFUSED", "count": 3}]
    text = printed(load(errors={"refused": 3}, error_reasons=reasons))
    assert section(text, "Errors") == ["refused  3  connect ECONNREFUSED 3"]
    reasons = [{"phase": "connect", "kind": "exhausted", "errno": "EMFILE", "count": 3}]
    text = printed(load(error_reasons=reasons))
    assert section(text, "Errors") == ["exhausted  0  connect EMFILE 3 (tried again)"]
    assert "Out of descriptors" in text


def test_errors_without_a_message_are_on_the_timeline() -> None:
    """And no latency is made up for them."""
    text = printed(load((), timeline=timeline((), {0: 3}), errors={"refused": 3}))
    lines = section(text, "Timeline")
    assert lines[2:] == ["errors  !", "a column is 1 second"]
    assert "█" not in text


def test_the_units_of_a_summary_are_said() -> None:
    """What was due, sent and verified is in messages, data in bytes, rates in both a second."""
    text = printed(load(((0, 5),) * 1000, messages_due=1500, bytes_verified=10 * 2**20, bytes_sent=20 * 2**20))
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in section(text, "Summary")}
    assert rows["messages"] == "1,500 due, 1,000 sent, 1,000 verified"
    assert rows["data"] == "20 MiB sent, 10 MiB verified"
    assert rows["rate"] == "100 msg/s, 1 MiB/s each way; 100 % of the 100 requested"


def test_percentiles_are_those_asked_for() -> None:
    """Any of them, from the histogram; the standard deviation beside the mean."""
    rows = [line.split()[0] for line in section(printed(load(STALLED), percentiles=(50, 99.999)), "Percentiles")[1:]]
    assert rows[:6] == ["min", "mean", "stddev", "p50", "p99.999", "max"]
    assert "p95" in printed(load(STALLED))


def test_thresholds_stand_beside_what_was_found() -> None:
    """Each with whether it was met; without any there is no such section."""
    text = printed(load(STALLED), asked=Thresholds(max_p99_us=20_000, max_error_rate=0.01, min_rate=1000))
    assert [line.split() for line in section(text, "Thresholds")[1:]] == [
        ["latency", "p99", "at", "most", "20", "ms", "1", "s", "missed"],
        ["error", "rate", "at", "most", "1", "%", "0", "%", "met"],
        ["rate", "at", "least", "1,000", "msg/s", "100", "msg/s", "missed"],
    ]
    assert "Thresholds" not in printed(load())


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
@given(
    samples=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 2**33)), max_size=20),
    replicas=st.integers(1, 3),
    width=st.sampled_from([60, 80, 100, 160]),
)
def test_any_report_fits_its_terminal(samples: list[tuple[int, int]], replicas: int, width: int) -> None:
    """Whatever was measured, and no figure is cut."""
    text = printed(*(load(samples, host=f"replica {n}" * 9) for n in range(replicas)), width=width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "…" not in text


def test_a_narrow_terminal_gets_fewer_columns() -> None:
    """The most important ones stay, each with its unit."""
    replicas = [load(((0, 999_000),) * 9, host=f"client-{n}", rate_achieved=123_456.0) for n in range(12)]
    assert section(printed(*replicas, width=44), "Percentiles")[0].split() == ["latency", "service", "time", "connect"]
    text = printed(*replicas, width=60)
    assert section(text, "Replicas")[0].split() == ["replica", "errors", "msg/s", "p50", "p99", "max"]
    assert section(text, "Replicas")[1].split()[-2:] == ["999", "ms"]
