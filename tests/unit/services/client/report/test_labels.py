"""What runs and thresholds are called."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from services.client.report.baseline import Change, Comparison, Figure, compare
from services.client.report.judging import Judged, Judgement, judge
from services.client.report.labels import change_row, error_rows, label, runs_of, step_verdict, threshold_row, title
from services.client.report.page.html import page
from services.client.report.results.merging import Merged
from services.client.report.text.terminal import show
from services.client.thresholds import Limit, Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import climb, load, session, step


def test_a_run_is_called_by_its_machine() -> None:
    """In a container that is its id, and a session does not say; what the log calls it is better."""
    assert [label(run) for one in (load(), session()) for run in merged(one).runs] == ["a", "session client"]
    (run,) = merged({"replica": "client-2\x1b", **load()}).runs
    assert label(run) == "client-2\\x1b"


@pytest.mark.parametrize(
    ("judged", "row"),
    [
        (Judgement(Limit.P99, 20_000, 6_550, is_met=True), ("latency p99", "at most 20 ms", "6.55 ms", "met")),
        (Judgement(Limit.P99, 1, None, is_met=False), ("latency p99", "at most 1 µs", "unknown", "missed")),
        (Judgement(Limit.ERROR_RATE, 0, 0.5, is_met=False), ("error rate", "at most 0 %", "50 %", "missed")),
        (Judgement(Limit.RATE, 900, 1000, is_met=True), ("rate", "at least 900 msg/s", "1,000 msg/s", "met")),
    ],
)
def test_a_threshold_says_its_unit(judged: Judgement, row: tuple[str, ...]) -> None:
    """Durations as durations, shares in percent, rates in messages a second."""
    assert threshold_row(judged) == row


def test_a_step_tells_what_it_missed() -> None:
    """The rate once, whether it was not kept or less than asked; without a threshold, the messages that failed."""

    def verdict(flags: Thresholds, **changes: object) -> str:
        (one,) = judge(merged(load(steps=[step(100.0, 10, **changes)])), flags).steps
        return step_verdict(one)

    assert verdict(Thresholds()) == "met"
    assert verdict(Thresholds(max_p99_us=1, min_rate=500), rate_achieved=50.0) == "missed: rate, p99"
    assert verdict(Thresholds(min_rate=500)) == "missed: rate"
    assert verdict(Thresholds(max_error_rate=0), messages_verified=99) == "missed: errors"
    assert verdict(Thresholds(), messages_verified=99) == "missed: errors"


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (Change(Figure.P99, 100, 150, 9), ("latency p99", "100 µs", "150 µs", "+50.0 %", "± 9 µs", "worse")),
        (Change(Figure.P99, 100, 999, 9), ("latency p99", "100 µs", "999 µs", "+899.0 %", "± 9 µs", "worse")),
        (Change(Figure.P99, 100, 183_000, 9), ("latency p99", "100 µs", "183 ms", "1,830 times", "± 9 µs", "worse")),
        (Change(Figure.P99, 100, 50, 9), ("latency p99", "100 µs", "50 µs", "-50.0 %", "± 9 µs", "better")),
        (Change(Figure.RATE, 100, 50, 9), ("rate", "100 msg/s", "50 msg/s", "-50.0 %", "± 9 msg/s", "worse")),
        (Change(Figure.P99, 100, 109, 9), ("latency p99", "100 µs", "109 µs", "+9.0 %", "± 9 µs", "within")),
        (Change(Figure.MAX, 100, 150, None), ("latency max", "100 µs", "150 µs", "+50.0 %", "-", "")),
        (Change(Figure.P99, None, 150, 9), ("latency p99", "-", "150 µs", "-", "± 9 µs", "")),
        (Change(Figure.ERROR_RATE, 0, 0.5, None), ("error rate", "0 %", "50 %", "-", "-", "")),
    ],
)
def test_a_change_is_called_what_it_is(change: Change, row: tuple[str, ...]) -> None:
    """Better or worse by what the figure means; within what it varies by; and nothing where that is not known."""
    assert change_row(change) == row


def test_each_kind_of_error_has_its_reasons() -> None:
    """Also attempts that failed where no session did: a client that is out of ports is no slow server."""
    reasons = [
        {"phase": phase, "kind": kind, "errno": errno, "count": count}
        for phase, kind, errno, count in (
            ("connect", "exhausted", "EADDRNOTAVAIL", 1_200),
            ("exchange", "reset", "ECONNRESET", 3),
            ("close", "reset", None, 1),
        )
    ]
    runs = merged(load(errors={"reset": 4, "lost\x1b": 1}, error_reasons=reasons)).runs
    assert error_rows(runs) == [
        ("lost\\x1b", 1, ""),
        ("reset", 4, "exchange ECONNRESET 3, close 1"),
        ("exhausted", 0, "connect EADDRNOTAVAIL 1,200 (tried again)"),
    ]


def test_some_of_several_runs_are_named() -> None:
    """Up to four; a run that is alone needs no name."""
    runs = merged(*(load((), host) for host in "abcdef")).load_runs
    assert runs_of(runs[:1], runs[:1]) == "the run"
    assert runs_of(runs[:2], runs) == "2 of 6 replicas (a, b)"
    assert runs_of(runs[:5], runs) == "5 of 6 replicas (a, b, c, d, \N{HORIZONTAL ELLIPSIS})"


def test_a_title_says_what_must_be_known_first() -> None:
    """A part of the load, or one that did not run to its end."""
    part = load(interrupted="SIGINT")
    assert [title(merged(one), "Load") for one in (load(), part)] == ["Load", "Load (interrupted)"]
    part["settings"] |= {"expect_clients": 2}
    assert title(merged(part), "Load") == "Load (partial, interrupted)"


NUMBER, DURATION, SIZE = r"[\d,.]+", r"[\d,.]+ (?:µs|ms|s)", r"[\d,.]+ (?:B|[KMGT]iB)"
RATE, PERCENT = rf"{NUMBER} msg/s", r"[\d.]+ %"
VALUE = rf"(?:{DURATION}|{PERCENT}|{RATE})"

# Every label of the report, in text and on the page, and what may stand beside it.
UNITS = {
    "clients": rf"{NUMBER}, from .* UTC, for {NUMBER} s",
    "sessions": rf"{NUMBER}, {NUMBER} failed",
    "messages": rf"{NUMBER}|{NUMBER} due, {NUMBER} sent, {NUMBER} verified",
    "data": f"{SIZE} sent, {SIZE} verified",
    "rate": rf"{RATE}, {SIZE}/s each way; on average over 2 steps",
    **dict.fromkeys(("latency", "service time", "connect", "from", "to below", "p50", "p99", "max"), DURATION),
    **dict.fromkeys(("latency p50", "latency p99", "latency max"), rf"{DURATION}service {DURATION}"),
    **dict.fromkeys(("msg/s", "failed", "errors", "msg/s asked", "msg/s achieved", "messages failed", "late"), NUMBER),
    "asked": rf"{NUMBER}|at (?:most|least) {VALUE}",
    "found": VALUE,
    **dict.fromkeys(("before", "now"), VALUE),
    "change": rf"[+-]{PERCENT}",
    "varies": f"± {VALUE}",
    "slower than that": f"{NUMBER} messages?",
    "messages slower": NUMBER,
    **dict.fromkeys(("start", "started"), rf"\+{NUMBER} s"),
    "messages verified": rf"{NUMBER}of {NUMBER} due, {NUMBER} sent",
    "messages / s": f"{NUMBER}average of 2 steps",
}
ERRORS_OF_THE_PAGE = rf"{NUMBER}in {NUMBER} sessions"

# Names of rows, and columns that are no figures.
NAMES = {"", "replica", "threshold", "p50 to p99 to max"}

# Where the first column has no name.
NAMED_ROWS = {"Thresholds", "Against the baseline", "Percentiles"}


def everything() -> tuple[Merged, Judged, Comparison]:
    """Return a report with all that there can be in it."""
    flags = Thresholds(max_p99_us=9_999, max_error_rate=0.5, min_rate=1)
    before, now = (merged(climb("a", 10, us), climb("b", 20, us, errors={"reset": 1})) for us in (4_000, 5_000))
    compared = compare((before, judge(before, flags)), (now, judge(now, flags)))
    return now, judge(now, flags), compared


def test_each_label_of_the_text_has_its_unit() -> None:
    """Messages are not bytes, and a rate is no count; a label that is new has to be added here."""
    file = io.StringIO()
    show(*everything()[:2], (50, 99), Console(file=file, width=160), everything()[2])
    sections = {one.splitlines()[0]: one.splitlines()[1:] for one in re.split(r"\n(?=\S)", file.getvalue())}
    for line in sections["Summary"]:
        if line.strip():
            first, value = line.split(maxsplit=1)
            assert re.fullmatch(UNITS[first], value.strip()), line
    tables = [name for name in sections if name.split(",")[0] in {"Steps", "Latency", "Replicas", *NAMED_ROWS}]
    assert len(tables) == 6
    for name in tables:
        head, *rows = (re.split(" {2,}", line.strip()) for line in sections[name])
        for row in rows:
            # What is one sentence explains the table.
            for column, cell in zip(head, row[1 if name in NAMED_ROWS else 0 :], strict=False):
                if column not in NAMES and len(row) > 1 and cell != "-":
                    assert re.fullmatch(UNITS[column], cell), (name, column, cell)


def test_each_label_of_the_page_has_its_unit() -> None:
    """As in the text."""
    one, judged, compared = everything()
    root = ET.fromstring(page(one, judged, (50, 99), compared))  # noqa: S314 -- our own
    (figures,) = (each for each in root.iter("dl") if each.get("class") == "figures")
    for name, value in (("".join(cell.itertext()) for cell in box) for box in figures):
        assert re.fullmatch(UNITS[name] if name != "errors" else ERRORS_OF_THE_PAGE, value), name
    tables = list(root.iter("table"))
    assert len(tables) == 5
    for table in tables:
        head, *rows = ([("".join(cell.itertext())).strip() for cell in row] for row in table.iter("tr"))
        for name, cell in (pair for row in rows for pair in zip(head, row, strict=True)):
            if name not in NAMES and cell not in {"", "-"}:
                assert re.fullmatch(UNITS[name], cell), (name, cell)
