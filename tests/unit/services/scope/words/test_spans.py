"""What is known between two bounds, as text."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from dataclasses import replace

import pytest

from services.scope.vantages import Offset, VantageClock
from services.scope.words.spans import point_clock, span
from services.scope.words.ways import EN, ZH


@pytest.mark.parametrize(
    ("least_ns", "most_ns", "text"),
    [
        (40_000, 55_000, "40 to 55 us"),
        (40_020, 40_910, "40.0 to 41.0 us"),
        (0, 98_200, "0 to 99 us"),
        (9_000_000, 25_000_000, "9 to 25 ms"),
        (2_113_021_300, 2_113_980_700, "2.1130 to 2.1140 s"),
        (52_300, 52_300, "52.3 us"),
    ],
)
def test_a_span_has_the_digits_that_tell_its_ends_apart(least_ns: int, most_ns: int, text: str) -> None:
    """And is never narrower than what is known."""
    assert span(EN, least_ns, most_ns) == text


def _clock(likely_ns: int, least_ns: int | None, most_ns: int | None) -> VantageClock:
    offset = Offset(likely_ns, least_ns, most_ns)
    return VantageClock("laptop", 0, 1_000_000_000, offset, offset)


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        (_clock(2_113_500_000, 2_113_000_000, 2_114_000_000), "2.1130 to 2.1140 s ahead of that of rack"),
        (_clock(-45_000, -55_000, -40_000), "40 to 55 us behind that of rack"),
        (_clock(0, -30_000, 45_000), "between 30.0 us behind and 45.0 us ahead of that of rack"),
        (_clock(0, 5_000, None), "at least 5.0 us ahead of that of rack"),
        (_clock(0, None, -5_000), "at most -5.0 us ahead of that of rack"),
        (_clock(0, None, None), "compared with that of rack, unknown"),
    ],
)
def test_a_clock_is_told_by_its_bounds(clock: VantageClock, text: str) -> None:
    """Ahead, behind, or not known which."""
    assert point_clock(EN, clock, "rack") == f"clock of laptop: {text}"


def test_a_drift_is_told_where_there_is_one() -> None:
    """In millionths; a clock that was set meanwhile has none."""
    steady = _clock(2_113_500_000, 2_113_000_000, 2_114_000_000)
    drifting = replace(steady, last=Offset(2_113_512_300, 2_113_012_300, 2_114_012_300))
    assert point_clock(EN, drifting, "rack").endswith(", drift +12.3 ppm")
    assert point_clock(EN, replace(steady, is_possible=False), "rack").startswith("clock of laptop: set meanwhile")
    assert point_clock(ZH, drifting, "rack") == "laptop 的时钟：比 rack 快 2.1130 到 2.1140 s，漂移 +12.3 ppm"
