"""The percentile curve."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.report.page.percentile_chart import percentile_chart
from services.client.report.page.svg import NARROW, WIDE, Frame
from services.client.report.units import duration
from shared.load.histogram import Durations
from tests.unit.services.client.report.harness.results import durations

STALLED = durations([100] * 899 + [1_000_000] * 101)
QUICK = durations([100] * 1000)


def drawn(latency: Durations, service: Durations, frame: Frame = WIDE) -> ET.Element:
    """Return the picture of these two."""
    picture = percentile_chart({"latency": ("latency", latency), "service": ("service time", service)}, frame)
    return ET.fromstring(picture)  # noqa: S314 -- our own


def curve(picture: ET.Element, kind: str) -> list[tuple[float, float]]:
    """Return the points of a curve, in pixels."""
    (path,) = (one for one in picture.iter("path") if one.get("class") == f"curve {kind}")
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path.get("d", ""))]


def places(picture: ET.Element) -> dict[str, tuple[float, float]]:
    """Return where each text stands."""
    return {one.text or "": (float(one.get("x", "")), float(one.get("y", ""))) for one in picture.iter("text")}


def test_each_nine_is_as_far_from_the_one_before() -> None:
    """That is what 1 / (1 - p) on a logarithmic axis means."""
    x = {name: place[0] for name, place in places(drawn(durations([1] * 10**5), QUICK)).items()}
    distances = [x["99 %"] - x["90 %"], x["99.9 %"] - x["99 %"], x["99.99 %"] - x["99.9 %"]]
    assert distances == pytest.approx([distances[0]] * 3, abs=0.2)


def test_a_curve_rises_where_its_samples_are() -> None:
    """With one sample in ten stalled, the latency leaves the service time just before the 90th percentile."""
    picture = drawn(STALLED, QUICK)
    latency, at = curve(picture, "latency"), places(picture)
    rise = next(x for (x, y), (_, after) in pairwise(latency) if after < y - 10)
    assert at["90 %"][0] - 3 < rise < at["90 %"][0]
    assert len({y for _, y in curve(picture, "service")}) == 1


def test_maxima_are_written_at_the_ends() -> None:
    """Once, where both are the same."""
    assert [name for name in places(drawn(STALLED, QUICK)) if name.startswith("max")] == ["max 100 µs", "max 1 s"]
    assert [name for name in places(drawn(QUICK, QUICK)) if name.startswith("max")] == ["max 100 µs"]


def test_maxima_as_good_as_equal_stand_a_line_apart() -> None:
    """The less is beside the end of its curve, the greater just above it; far apart, each is beside its own."""
    for slow_us, apart in ((101, 16), (10_000, None)):
        picture = drawn(durations([slow_us]), durations([100]))
        greater, less = (places(picture)[f"max {duration(value)}"][1] for value in (slow_us, 100))
        ends = [curve(picture, kind)[-1][1] for kind in ("latency", "service")]
        assert less == pytest.approx(ends[1] + 4, abs=0.1)
        assert greater == pytest.approx(ends[0] + 4 if apart is None else less - apart, abs=0.1)


@given(slow_us=st.integers(100, 10**9))
def test_maxima_are_clear_of_the_curves_and_of_each_other(slow_us: int) -> None:
    """They stand beside the ends of the curves, and one below the other."""
    for frame in (WIDE, NARROW):
        latency = durations([100] * 999 + [slow_us])
        picture = drawn(latency, QUICK, frame)
        end = max(x for x, _ in curve(picture, "latency"))
        ends = [(x, y) for (x, y) in places(picture).values() if x > end]
        assert len(ends) == len({duration(slow_us), duration(100)})
        assert all(abs(one[1] - other[1]) >= 16 for one, other in pairwise(ends))


def test_percentiles_below_the_axis_do_not_touch() -> None:
    """Where there is no room for a number it is left out; the lines stay."""
    for frame in (WIDE, NARROW):
        at = sorted(x for name, (x, _) in places(drawn(QUICK, QUICK, frame)).items() if name.endswith(" %"))
        assert all(right - left >= 42 for left, right in pairwise(at))
        assert len(at) >= 3


def test_a_screen_reader_says_the_values() -> None:
    """Those of both curves."""
    label = drawn(STALLED, QUICK).get("aria-label", "")
    assert "latency: min 100 µs, p50 100 µs, p90 1 s, p99 1 s, p99.9 1 s, max 1 s; " in label
    assert label.endswith("service time: min 100 µs, p50 100 µs, p90 100 µs, p99 100 µs, p99.9 100 µs, max 100 µs")


VALUES_US = st.lists(st.integers(0, 33).flatmap(lambda n: st.integers(0, 2**n)), min_size=1, max_size=50)


@given(latency=VALUES_US, service=VALUES_US | st.just([]))
def test_any_curve_ascends_inside_its_axes(latency: list[int], service: list[int]) -> None:
    """From left to right and from bottom to top, to the end of the axis."""
    picture = drawn(durations(latency), durations(service))
    for kind in ("latency", "service")[: 2 if service else 1]:
        points = curve(picture, kind)
        assert [x for x, _ in points] == sorted(x for x, _ in points)
        assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
        assert all(66 <= x <= 780 and 16 <= y <= 306 for x, y in points)
        assert points[-1][0] == 780


def test_where_a_curve_rests_on_few_samples_is_marked() -> None:
    """From the percentile on beyond which there are fewer than ten."""
    picture = drawn(durations([1] * 1000), QUICK)
    (few,) = (one for one in picture.iter("rect") if one.get("class") == "few")
    assert float(few.get("x", "")) == pytest.approx(places(picture)["99 %"][0], abs=0.2)
