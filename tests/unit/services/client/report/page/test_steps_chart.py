"""Latency against throughput, drawn."""

from xml.etree import ElementTree as ET

from services.client.report.judging import judge
from services.client.report.page.steps_chart import steps_chart
from services.client.thresholds import Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import climb, durations, step


def chart(*p99s_us: int, allowed_us: float = 500, **changes: object) -> ET.Element:
    """Return the picture of a climb."""
    judged = judge(merged(climb("a", *p99s_us, **changes)), Thresholds(max_p99_us=allowed_us))
    return ET.fromstring(steps_chart(judged))  # noqa: S314 -- our own


def of(root: ET.Element, tag: str, kind: str) -> list[ET.Element]:
    """Return the elements of this tag and class."""
    return [element for element in root.iter(tag) if element.get("class") == kind]


def test_a_step_stands_at_its_rate_and_as_high_as_its_latency() -> None:
    """Throughput to the right and latency upwards, a tenfold being as much everywhere."""
    dots = of(chart(10, 100, 1_000, allowed_us=9_999), "circle", "dot p99")
    x, y = ([float(dot.get(name, "")) for dot in dots] for name in ("cx", "cy"))
    assert round(x[1] - x[0]) == round(x[2] - x[1]) > 0
    assert round(y[0] - y[1]) == round(y[1] - y[2]) > 0


def test_a_step_that_was_not_good_is_hollow() -> None:
    """The knee is the line at the highest that was."""
    root = chart(10, 100, 1_000)
    assert (len(of(root, "circle", "dot p99")), len(of(root, "circle", "hollow p99"))) == (2, 1)
    (knee, _) = of(root, "line", "requested")
    assert knee.get("x1") == knee.get("x2") == of(root, "circle", "dot p99")[1].get("cx")
    assert any(text.text == "highest good rate: 200 msg/s" for text in root.iter("text"))
    assert of(chart(1_000), "line", "requested") == []


def test_a_screen_reader_says_each_step() -> None:
    """With its rates, latencies and verdict."""
    label = chart(10, 1_000).get("aria-label", "")
    assert label.startswith("latency against throughput: 100 of 100 msg/s: p50 10 µs, p99 10 µs, max 10 µs; met; ")
    assert label.endswith("200 of 200 msg/s: p50 1 ms, p99 1 ms, max 1 ms; missed: p99")


def test_steps_in_which_nothing_came_back_have_no_dot() -> None:
    """And are said all the same."""
    empty = durations([])
    nothing = {"latency_us": empty.summary(), "histogram": empty.encode(), "rate_achieved": 0.0, "messages_verified": 0}
    root = chart(10, steps=[step(100.0, 10, **nothing)])
    assert list(root.iter("circle")) == []
    assert "0 of 100 msg/s: no latency; missed: rate" in root.get("aria-label", "")
