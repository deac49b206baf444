"""Elements, scales and ticks."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.report.page.svg import (
    NARROW,
    WIDE,
    Scale,
    box,
    dot,
    line,
    linear_ticks,
    log_bounds,
    log_ticks,
    path,
    svg,
    text,
    told,
)
from tests.unit.services.client.report.harness.merged import HOSTILE


def test_a_scale_keeps_to_its_ends() -> None:
    """What is outside stands at the nearer end, and a logarithmic one bears zero."""
    linear, log = Scale(0, 10, 100, 200), Scale(1, 1000, 300, 0, is_log=True)
    assert [linear(value) for value in (-1, 0, 5, 11)] == [100, 100, 150, 200]
    assert [round(log(value)) for value in (0, 1, 10, 1000, 5000)] == [300, 300, 200, 0, 0]


@given(low=st.integers(0, 2**63), high=st.integers(0, 2**63))
def test_logarithmic_bounds_hold_what_they_are_for(low: int, high: int) -> None:
    """And are apart, so that there is a scale between them, with ticks inside."""
    low, high = min(low, high), max(low, high)
    below, above = log_bounds(low, high)
    assert below <= max(low, 0.1)
    assert above >= high
    assert below < above
    ticks = log_ticks(below, above)
    assert ticks == sorted(ticks)
    assert all(below <= tick <= above for tick in ticks)


@pytest.mark.parametrize(
    ("high", "ticks"), [(0, [0, 0.001]), (9, [0, 2, 4, 6, 8, 10]), (250, [0, 50, 100, 150, 200, 250])]
)
def test_linear_ticks_are_round(high: float, ticks: list[float]) -> None:
    """From zero to beyond the highest value."""
    assert linear_ticks(high) == pytest.approx(ticks)


@given(high=st.floats(0, 1e19))
def test_there_are_linear_ticks_for_any_value(high: float) -> None:
    """Few enough to be read."""
    ticks = linear_ticks(high)
    assert ticks[-1] >= high * (1 - 1e-12)
    assert 2 <= len(ticks) <= 6


def test_a_picture_is_well_formed_and_foreign_text_is_text() -> None:
    """It ends no element and no attribute."""
    drawn = svg(
        10, 10, HOSTILE.replace("\x1b", ""), [text(1, 2, "<b>&"), told(box(0, 0, 1, 1, "hint"), (0, 0), ["<i>\"'"])]
    )
    picture = ET.fromstring(drawn)  # noqa: S314 -- our own
    assert [element.tag for element in picture.iter()] == ["svg", "text", "g", "rect", "text"]
    assert picture.get("aria-label", "").startswith("</svg></title><script>")
    assert [picture[0].text, picture[1].get("aria-label"), picture[1][1].text] == ["<b>&", "<i>\"'", "<i>\"'"]


def test_shapes_stand_where_they_should() -> None:
    """To a tenth of a pixel; a line through nothing is nothing."""
    assert line(0, 0.04, 1, 2, "axis") == '<line x1="0.0" y1="0.0" x2="1.0" y2="2.0" class="axis"/>'
    assert path([(0, 1), (2, 3)], "curve") == '<path d="M0.0 1.0L2.0 3.0" class="curve"/>'
    assert path([], "curve") == ""
    assert box(1, 2, -3, 4, "few") == '<rect x="1.0" y="2.0" width="0.0" height="4.0" class="few"/>'
    assert text(1, 2, "a") == '<text x="1.0" y="2.0">a</text>'
    assert dot(1, 2, 3, "dot") == '<circle cx="1.0" cy="2.0" r="3" class="dot"/>'


def test_what_is_told_has_a_line_each_where_it_is_narrow() -> None:
    """Below each other, and said as one."""
    facts = ["a", "b"]
    assert (WIDE.lines(facts), NARROW.lines(facts)) == (["a; b"], facts)
    group = ET.fromstring(told("<rect/>", (1, 2), facts))  # noqa: S314 -- our own
    assert [(one.text, one.get("y")) for one in group.iter("text")] == [("a", "2.0"), ("b", "19.0")]
    assert (group.get("aria-label"), group.get("tabindex")) == ("a; b", "0")


def test_a_picture_is_as_large_as_it_says() -> None:
    """And of its kind, by which the style sheet shows one and hides the other."""
    picture = ET.fromstring(svg(30, 20, "a", [], "narrow", "group"))  # noqa: S314 -- our own
    assert [picture.get(name) for name in ("viewBox", "class", "role")] == ["0 0 30 20", "narrow", "group"]


def test_ticks_are_at_1_2_and_5_as_long_as_there_is_room() -> None:
    """Then at the powers of ten alone."""
    assert log_ticks(1, 100) == [1, 2, 5, 10, 20, 50, 100]
    assert log_ticks(1, 100, 6) == [1, 10, 100]


def test_bounds_that_are_values_themselves_are_kept() -> None:
    """A maximum of 10 does not leave half of the chart empty."""
    assert log_bounds(2, 10) == (2, 10)
