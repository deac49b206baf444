"""What several vantage points tell."""

from services.scope.vantages import Delay, Offset, VantageClock, delay

CLOCK = VantageClock("laptop", 1_000, 2_000, Offset(100, 90, 120), Offset(200, 180, 220))


def test_a_clock_goes_along_a_straight_line() -> None:
    """Between the first and the last segment; so do its bounds."""
    assert CLOCK.at(1_500) == Offset(150, 135, 170)
    assert CLOCK.drift_ppb == 100_000_000


def test_a_bound_that_one_end_lacks_is_none_anywhere() -> None:
    """Where segments of one direction alone were seen at both points."""
    clock = VantageClock("laptop", 1_000, 2_000, Offset(100, 90, None), Offset(200, None, 220))
    assert clock.at(1_500) == Offset(150, None, None)
    assert delay(clock, 1_000, 1_100, from_client=True) is None


def test_a_clock_at_one_moment_has_no_drift() -> None:
    """A single segment tells nothing of it."""
    clock = VantageClock("laptop", 1_000, 1_000, Offset(100, 90, 120), Offset(100, 90, 120))
    assert (clock.drift_ppb, clock.at(1_000)) == (0, Offset(100, 90, 120))


def test_beyond_the_segments_a_clock_is_less_and_less_certain() -> None:
    """Its bounds do not go along their lines there, which may cross: it may drift by a thousandth."""
    clock = VantageClock("laptop", 1_000, 2_000, Offset(100, 0, 200), Offset(100, 99, 101))
    assert clock.at(12_000) == Offset(100, 89, 111)
    assert clock.at(-4_000) == Offset(100, -5, 205)


def test_a_delay_is_as_uncertain_as_the_clock() -> None:
    """Were it further ahead than assumed, the client's segments took longer, and the server's less."""
    assert delay(CLOCK, 900, 1_000, from_client=True) == Delay(90, 120)
    assert delay(CLOCK, 1_000, 1_100, from_client=False) == Delay(80, 110)


def test_no_delay_is_negative() -> None:
    """Nothing arrives before it left."""
    assert delay(CLOCK, 1_000, 1_005, from_client=False) == Delay(0, 15)


def test_a_clock_that_was_set_tells_no_delay() -> None:
    """No steady drift explains the times."""
    clock = VantageClock("laptop", 0, 0, Offset(5, 9, 1), Offset(5, 9, 1), is_possible=False)
    assert delay(clock, 1, 2, from_client=True) is None
