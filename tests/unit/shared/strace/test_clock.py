"""Time stamps as times."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from shared.strace.clock import Clock, nearest_day

DAY = date(2024, 5, 6)


def at(hour: int, minute: int = 0, day: int = 6) -> int:
    """Return a time of May 2024, UTC."""
    return int(datetime(2024, 5, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("stamp", "time_ns", "resolution_ns"),
    [
        ("1700000000.123456", 1_700_000_000_123_456_000, 1_000),
        ("1700000000.123456789", 1_700_000_000_123_456_789, 0),
        ("1700000000.123", 1_700_000_000_123_000_000, 1_000_000),
        ("1700000000", 1_700_000_000_000_000_000, 1_000_000_000),
        ("12:30:00.5", at(12, 30) + 500_000_000, 100_000_000),
        ("12:30:00", at(12, 30), 1_000_000_000),
    ],
)
def test_a_stamp_and_what_it_leaves_open(stamp: str, time_ns: int, resolution_ns: int) -> None:
    """Its digits tell how exact it is."""
    clock = Clock(DAY, UTC)
    assert (clock.read(stamp), clock.resolution_ns) == (time_ns, resolution_ns)


@pytest.mark.parametrize("day", [DAY, None])
def test_after_midnight_comes_the_next_day(day: date | None) -> None:
    """A time of day that goes back by hours is of the day after."""
    clock = Clock(day, UTC)
    assert clock.read("00:00:01") - clock.read("23:59:59") < 0
    clock = Clock(day, UTC)
    before = clock.read("23:59:59")
    assert clock.read("00:00:01") - before == 2_000_000_000


def test_threads_may_be_a_little_out_of_order() -> None:
    """A time that goes back by less is of the same day."""
    clock = Clock(DAY, UTC)
    clock.read("12:00:00")
    assert clock.read("11:59:59") == at(12) - 1_000_000_000


@pytest.mark.parametrize(("stamp", "time_ns", "day"), [("23:59:00", at(0, 1, 7), 6), ("00:01:00", at(23, 59), 7)])
def test_the_day_is_the_one_nearest_to_the_capture(stamp: str, time_ns: int, day: int) -> None:
    """Around midnight the trace may be of the day before, or after."""
    assert nearest_day(stamp, time_ns, UTC) == date(2024, 5, day)


def test_a_zone_moves_the_day() -> None:
    """A time of day is one of a place."""
    assert nearest_day("08:00:00", at(0, 0), timezone(timedelta(hours=8))) == DAY
