"""The style sheet."""

import re

from services.client.report.judging import judge
from services.client.report.page.html import page
from services.client.report.page.style import STYLE
from services.client.report.page.svg import NARROW, WIDE
from services.client.thresholds import Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import climb


def test_each_colour_is_there_in_light_and_dark() -> None:
    """One that is missing in the dark would be black on black."""
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    defined = set(re.findall(r"(--[a-z0-9]+):", light))
    assert set(re.findall(r"(--[a-z0-9]+):", dark)) == defined
    assert set(re.findall(r"var\((--[a-z0-9]+)\)", STYLE)) == defined


def test_nothing_is_fetched() -> None:
    """No font, no picture and no other sheet, from wherever."""
    assert not re.search(r"url\(|@import|@font-face|https?:", STYLE)


def test_it_can_stand_in_xml_as_it_is() -> None:
    """The page is read by parsers of both kinds."""
    assert not set("<&") & set(STYLE)


def test_words_in_a_chart_are_at_least_11_pixels() -> None:
    """On a phone, and on each width down to which a style rule holds: a chart is as wide as its page leaves it."""
    wide, medium, narrow = (
        [float(size) for size in re.findall(r"svg (?:text|\.small) \{[^}]*font-size: ([\d.]+)px", part)]
        for part in re.split(r"@media \(max-width: (?:940|720)px\)", STYLE)
    )
    for sizes, width, padding, frame in ((wide, 941, 64, WIDE), (medium, 721, 64, WIDE), (narrow, 375, 36, NARROW)):
        assert len(sizes) == 2
        assert min(sizes) * (width - padding) / frame.width >= 11


def test_of_two_charts_one_is_shown() -> None:
    """The narrow one where the page is narrow; what is hidden is not read out either."""
    before, after = STYLE.split("@media (max-width: 720px)")
    assert "svg.narrow { display: none }" in before
    assert "svg.wide { display: none } svg.narrow { display: block" in after


def test_what_the_keyboard_reaches_is_shown() -> None:
    """As what is pointed at is."""
    assert re.search(r"\.point \.told \{ display: none \}", STYLE)
    assert re.search(r"\.point:hover \.told, \.point:focus \.told \{ display: block \}", STYLE)


def test_each_class_that_is_drawn_has_a_rule() -> None:
    """One without would be black, also on black."""
    one = merged(climb("a", 10, 20, 5_000), climb("b", 10, 30, 9_000, errors={"reset": 1}))
    text = page(one, judge(one, Thresholds(max_p99_us=100)))
    drawn = {kind for kinds in re.findall(r'class="([a-z0-9 ]+)"', text) for kind in kinds.split()}
    assert {kind for kind in drawn if not re.search(rf"\.{kind}\b", STYLE)} == set()


def test_each_curve_has_the_colour_of_its_dots() -> None:
    """Filled where a step was good, hollow where not; and a curve is a line, and no area."""
    for kind, colour in (("p50", "p50"), ("p99", "latency"), ("max", "max")):
        for shape, what in (("curve", "stroke"), ("dot", "fill"), ("hollow", "stroke")):
            rules = re.findall(rf"\.{shape}\.{kind}\b[^{{]*\{{([^}}]*)\}}", STYLE)
            assert any(f"{what}: var(--{colour})" in rule for rule in rules), (shape, kind)
    assert re.search(r"svg \.curve \{ fill: none;", STYLE)
