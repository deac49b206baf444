"""The timeline's points."""

import pytest

from services.client.report.timeline import points
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import at, load, session


def test_each_second_is_a_point_where_there_is_room() -> None:
    """A second in which nothing was measured has none."""
    found = points(merged(load(((0, 5), (3, 9), (3, 7)) * 9)), 10)
    assert [(one.after_s, one.width_s, one.messages, one.max_us) for one in found] == [(0, 1, 9, 5), (3, 1, 18, 9)]


def test_a_long_run_is_merged_into_as_many_steps_as_fit() -> None:
    """No message is lost, and the maximum of a step is that of its seconds."""
    found = points(merged(load([(second, second + 1) for second in range(100)], ended_at=at(100))), 10)
    assert sum(one.messages for one in found) == 100
    assert len(found) <= 11  # the first and the last step may be cut by whole multiples of Unix time
    assert found[-1].max_us == 100
    assert all(one.width_s == 10 for one in found)


def test_the_rate_of_a_second_is_that_of_its_measured_part() -> None:
    """A window that begins in the middle of a second does not make a slow start."""
    samples = ((0, 5), (1, 5), (2, 5), (3, 5)) * 10
    found = points(merged(load(samples, started_at=at(0.5), ended_at=at(2.05))), 10)
    assert [one.rate for one in found] == [pytest.approx(20), 10, None, None]


def test_a_slow_rate_has_long_steps() -> None:
    """One message in two seconds is half a message a second: in steps of a second it would be 0 or anything."""
    samples = [(second, 5) for second in range(0, 40, 2)]
    found = points(merged(load(samples, started_at=at(0.81), ended_at=at(40.81))), 60)
    assert {one.width_s for one in found} == {10}
    assert all(one.rate is None or 0.4 <= one.rate <= 0.6 for one in found)


def test_parts_of_a_long_run_are_kept_whole() -> None:
    """A client that merged its older seconds has parts of two, four, ... seconds: a step is so many of them."""
    result = load([(second, 5) for second in range(0, 64, 4)] * 5, ended_at=at(64))
    for row in result["timeline"]:
        row["width_s"] = 4
    found = points(merged(result), 7)
    assert {one.width_s for one in found} == {12}
    assert sum(one.messages for one in found) == 80


def test_sessions_have_no_timeline() -> None:
    """Nor has a load that did nothing."""
    assert points(merged(session()), 10) == []
    assert points(merged(load(())), 10) == []
