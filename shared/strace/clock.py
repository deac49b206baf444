"""The time stamps of a trace, as CLOCK_REALTIME in nanoseconds."""

from datetime import date, datetime, timedelta, tzinfo

_SECOND_NS = 1_000_000_000
_PLACES = 9

# A time of day with six places; with nine, its seventh character from the end is a digit.
_LONGEST_OF_DAY = len("00:00:00.000000")

# A time of day this much earlier than the previous line's is on the next day; threads never differ that much.
_HALF_A_DAY_NS = 12 * 3600 * _SECOND_NS


class Clock:
    """Reads the stamps of one trace; a time of day is put on `day`, and after midnight on the next.

    `resolution_ns` is the unit of the last stamp's last digit: the stamp was taken at most so much later than it says.
    """

    def __init__(self, day: date | None = None, zone: tzinfo | None = None) -> None:
        self.resolution_ns = 0
        self.has_times_of_day = False
        self._day = day
        self._zone = zone
        self._midnight_ns: int | None = None
        self._last_ns = 0

    def read(self, stamp: str) -> int:
        """Return the time that a stamp says."""
        if len(stamp) > _LONGEST_OF_DAY and stamp[-7] == ".":  # nearly all: microseconds of Unix time
            self.resolution_ns = 1_000
            return int(stamp[:-7] + stamp[-6:]) * 1_000
        whole, _, fraction = stamp.partition(".")
        self.resolution_ns = 10 ** (_PLACES - len(fraction)) if len(fraction) < _PLACES else 0
        fraction_ns = int(fraction.ljust(_PLACES, "0"))
        if ":" not in whole:
            return int(whole) * _SECOND_NS + fraction_ns
        hours, minutes, seconds = whole.split(":")
        return self._read_time_of_day((int(hours) * 60 + int(minutes)) * 60 + int(seconds), fraction_ns)

    def _read_time_of_day(self, seconds: int, fraction_ns: int) -> int:
        self.has_times_of_day = True
        if self._midnight_ns is None:
            self._midnight_ns = self._find_start(self._day) if self._day is not None else 0
        time_ns = self._midnight_ns + seconds * _SECOND_NS + fraction_ns
        if time_ns < self._last_ns - _HALF_A_DAY_NS:
            self._day = self._day + timedelta(days=1) if self._day is not None else None
            self._midnight_ns = (
                self._find_start(self._day) if self._day is not None else self._midnight_ns + 2 * _HALF_A_DAY_NS
            )
            time_ns = self._midnight_ns + seconds * _SECOND_NS + fraction_ns
        self._last_ns = time_ns
        return time_ns

    def _find_start(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp()) * _SECOND_NS


def nearest_day(stamp: str, time_ns: int, zone: tzinfo | None = None) -> date:
    """Return the day on which a stamp's time of day is nearest to a time, as that of a capture's first packet."""
    about = datetime.fromtimestamp(time_ns / _SECOND_NS, zone).date()
    return min(
        (about + timedelta(days=days) for days in (-1, 0, 1)),
        key=lambda day: abs(Clock(day, zone).read(stamp) - time_ns),
    )
