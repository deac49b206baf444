"""The timeline's picture."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.report.page.svg import NARROW, WIDE, Frame
from services.client.report.page.timeline_chart import timeline_chart
from services.client.report.timeline import points
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import at, load, timeline

SLOW = timeline(((0, 5), (20, 5_000_000)) * 9, {1: 3})


def drawn(requested: float = 0, **changes: Any) -> ET.Element:
    """Return the picture of a load with these changes."""
    found = points(merged(load(**{"samples": ((0, 5), (2, 5)) * 9, "ended_at": at(100)} | changes)), 400)
    return ET.fromstring(timeline_chart(found, requested))  # noqa: S314 -- our own


def curves(picture: ET.Element, kind: str) -> list[list[tuple[float, float]]]:
    """Return the points of each line of this kind, in pixels."""
    paths = [one.get("d", "") for one in picture.iter("path") if one.get("class") == f"curve {kind}"]
    return [[(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)] for path in paths]


def texts(picture: ET.Element) -> list[str]:
    """Return what is written."""
    return [one.text or "" for one in picture.iter("text")]


def test_a_time_without_messages_is_a_rate_of_zero_and_no_latency() -> None:
    """The rate falls to the axis; the latency's line is not drawn across."""
    picture = drawn(samples=((0, 5), (1, 5), (4, 5)) * 9)
    (rate,) = curves(picture, "latency")
    assert max(y for _, y in rate) == 166
    assert [len(piece) for piece in curves(picture, "p99")] == [2, 1]


def test_p50_p99_and_maximum_do_not_cross() -> None:
    """The greater is the higher."""
    picture = drawn(samples=[(0, n * n) for n in range(1, 200)])
    ((p50,),), ((p99,),), ((most,),) = (curves(picture, kind) for kind in ("p50", "p99", "max"))
    assert p50[1] > p99[1] > most[1]


def test_the_requested_rate_is_drawn_where_there_was_one() -> None:
    """So that one sees whether it was kept."""
    assert [text for text in texts(drawn(250)) if "requested" in text] == ["250 requested"]
    assert [text for text in texts(drawn(0)) if "requested" in text] == []


def test_errors_are_marked_in_their_second() -> None:
    """And explained, if there are any."""
    picture = drawn(timeline=timeline(((0, 5), (2, 5)) * 9, {1: 3}))
    marks = [one for one in picture.iter("rect") if one.get("class") == "error"]
    areas = [one for one in picture.iter("rect") if one.get("class") == "hint"]
    assert [mark.get("x") for mark in marks[1:]] == [areas[1].get("x")]
    assert "errors in that second" in texts(picture)
    assert "errors in that second" not in texts(drawn())


@given(samples=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 2**33)), min_size=1, max_size=20))
def test_any_timeline_stays_inside_its_axes(samples: list[tuple[int, int]]) -> None:
    """However long it was, and whatever was measured."""
    picture = drawn(samples=samples, ended_at=at(5001))
    for kind, top, bottom in (("latency", 30, 166), ("p50", 214, 406), ("p99", 214, 406), ("max", 214, 406)):
        for piece in curves(picture, kind):
            assert all(66 <= x <= 864 and top <= y <= bottom for x, y in piece)


def test_each_point_tells_its_values_by_keyboard() -> None:
    """It can be reached, a screen reader says it, and whoever sees it reads it below the chart."""
    point, *_ = (one for one in drawn().iter("g") if one.get("class") == "point")
    told = "second 0: 9 messages, 0 errors; p50 5 µs, p99 5 µs, max 5 µs"
    assert (point.get("tabindex"), point.get("role"), point.get("aria-label")) == ("0", "img", told)
    assert [(one.get("class"), one.text) for one in point.iter("text")] == [("told", told)]


def test_a_point_without_latency_tells_none() -> None:
    """Nothing came back in it."""
    picture = drawn(timeline=timeline(((0, 5), (2, 5)) * 9, {1: 3}))
    labels = [one.get("aria-label") for one in picture.iter("g")]
    assert labels[1] == "second 1: 0 messages, 3 errors"


def test_a_screen_reader_says_what_the_chart_shows() -> None:
    """How long, how much, how slow, and what failed."""
    label = drawn(samples=((0, 5), (1, 500)) * 9, ended_at=at(2)).get("aria-label")
    assert label == "over 2 seconds: 9 to 9 messages a second, p99 5 µs to 500 µs, 0 errors"


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_no_word_touches_another(frame: Frame) -> None:
    """Titles, legends and ticks, by as much room as a letter takes; those that are told one at a time aside."""
    found = points(merged(load(((0, 5), (20, 5_000_000)) * 9, ended_at=at(21), timeline=SLOW)), 60)
    picture = ET.fromstring(timeline_chart(found, 12_345, frame))  # noqa: S314 -- our own
    boxes = []
    for one in picture.iter("text"):
        kinds, wide = (one.get("class") or "").split(), len(one.text or "") * 6.3
        left = float(one.get("x", "")) - (wide if "end" in kinds else wide / 2 if "middle" in kinds else 0)
        if "told" not in kinds:
            boxes.append((left, left + wide, float(one.get("y", ""))))
    for number, (left, right, y) in enumerate(boxes):
        assert left >= -1
        assert right <= frame.width + 1
        assert not [one for one in boxes[:number] if one[0] < right and left < one[1] and abs(one[2] - y) < 11]


def test_a_latency_stands_in_the_middle_of_its_second() -> None:
    """And the rate to keep at its own height."""
    picture = drawn(9)
    ((first, _), *_), *_ = curves(picture, "p99")
    area = next(one for one in picture.iter("rect") if one.get("class") == "hint")
    assert first == pytest.approx(float(area.get("x", "")) + float(area.get("width", "")) / 2, abs=0.1)
    (requested,) = (one for one in picture.iter("line") if one.get("class") == "requested")
    ((_, achieved), *_), *_ = curves(picture, "latency")
    assert float(requested.get("y1", "")) == pytest.approx(achieved, abs=0.1)


@pytest.mark.parametrize(("seconds", "dots"), [(80, 80), (81, 0)])
def test_a_line_of_many_points_has_no_dots(seconds: int, dots: int) -> None:
    """They would touch; each of the three lines has as many as there are points, or none."""
    picture = drawn(samples=[(second, 5) for second in range(seconds) for _ in range(5)], ended_at=at(seconds))
    for kind in ("p50", "p99", "max"):
        assert len([one for one in picture.iter("circle") if one.get("class") == f"dot {kind}"]) == dots
