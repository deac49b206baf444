"""The page's tables."""

from typing import Any
from xml.etree import ElementTree as ET

from services.client.report.page.tables import facts, percentiles_table, replicas_table
from tests.unit.services.client.report.harness.merged import HOSTILE, merged
from tests.unit.services.client.report.harness.results import at, load, session


def rows(table: str) -> list[list[str]]:
    """Return the texts of a table's cells."""
    parsed = ET.fromstring(table)  # noqa: S314 -- our own
    return [["".join(cell.itertext()).strip() for cell in row] for row in parsed.iter("tr")]


def test_percentiles_stand_beside_each_other() -> None:
    """With how many messages were slower; what was not measured has no number."""
    durations: dict[str, Any] = dict(merged(load(((0, 100),) * 1000)).durations)
    durations["connect_us"] = type(durations["connect_us"])()
    found = rows(percentiles_table(durations))
    assert found[0] == ["", "latency", "service time", "connect", "messages slower"]
    assert ["p99", "100 µs", "50 µs", "-", "10"] in found
    assert found[-1] == ["max", "100 µs", "50 µs", "-", ""]


def test_replicas_stand_below_each_other() -> None:
    """Each with its own figures, and a picture of them on a scale that is the same for all."""
    runs = merged(load(), load(((0, 9_000),), host="b", started_at=at(0.25), errors={"reset": 2})).runs
    table = replicas_table(runs)
    first, second = rows(table)[1:]
    assert first[:9] == ["a", "+0.000 s", "1", "0", "100", "0", "100 µs", "100 µs", "100 µs"]
    assert second[:4] == ["b", "+0.250 s", "1", "2"]
    dots = [[float(dot.get("cx", "")) for dot in strip.iter("circle")] for strip in ET.fromstring(table).iter("svg")]  # noqa: S314 -- our own
    assert dots[0] < dots[1]


def test_a_replica_that_measured_nothing_has_no_picture() -> None:
    """Nor does a session have columns for what it does not measure."""
    assert rows(replicas_table(merged(load(()), load((), host="b")).runs))[1][6:] == ["-", "-", "-", ""]
    assert rows(replicas_table(merged(session()).runs)) == [
        ["replica", "started", "messages", "errors"],
        ["session client", "+0.000 s", "1", "0"],
    ]


def test_facts_are_text_whatever_they_hold() -> None:
    """No element, no attribute and no control character comes of them."""
    parsed = ET.fromstring(facts({HOSTILE: HOSTILE, "no": False, "none": None, "rate": 100.0, "list": [1, 2]}))  # noqa: S314 -- our own
    assert {element.tag for element in parsed.iter()} == {"dl", "div", "dt", "dd"}
    values = ["".join(element.itertext()) for element in parsed.iter("dd")]
    assert values[0].startswith("</svg></title><script>")
    assert values[1:] == ["no", "-", "100", "[1, 2]"]


def test_heads_say_what_they_are_the_heads_of() -> None:
    """A screen reader names column and row of each figure, and says what a row's picture shows."""
    table = ET.fromstring(replicas_table(merged(load(), load(((0, 9_000),), host="b")).runs))  # noqa: S314 -- our own
    heads, first, second = table.iter("tr")
    assert {one.get("scope") for one in heads} == {"col"}
    assert [(row[0].tag, row[0].get("scope"), row[0].text) for row in (first, second)] == [
        ("th", "row", "a"),
        ("th", "row", "b"),
    ]
    assert [one.get("aria-label") for one in table.iter("svg")] == [
        "p50 100 µs, p99 100 µs, max 100 µs",
        "p50 9 ms, p99 9 ms, max 9 ms",
    ]


def test_a_row_is_drawn_from_p50_over_p99_to_max() -> None:
    """Each at its own place on the scale."""
    one = load(((0, 100),) * 90 + ((0, 1_000),) * 9 + ((0, 10_000),))
    strip = next(ET.fromstring(replicas_table(merged(one).runs)).iter("svg"))  # noqa: S314 -- our own
    at = {dot.get("class"): float(dot.get("cx", "")) for dot in strip.iter("circle")}
    assert at["dot p50"] < at["dot p99"] < at["dot max"]
