"""How a ladder's facts are written."""

import pytest

from services.scope import wording
from services.scope.rows import FoldRow
from tests.unit.services.scope.joined import call


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (0, "0.0 µs"),
        (5_220, "5.2 µs"),
        (9_970, "10 µs"),
        (999_400, "999 µs"),
        (6_990_000, "7.0 ms"),
        (1_328_000_000, "1.3 s"),
        (7_200_000_000_000, "7,200 s"),
    ],
)
def test_a_duration_has_two_digits_or_is_whole(duration_ns: int, text: str) -> None:
    """More would promise what a return's time stamp does not keep."""
    assert wording.span(duration_ns) == text


@pytest.mark.parametrize(
    ("t_ns", "text"),
    [
        (0, "0.0 µs"),
        (59_012, "59.0 µs"),
        (1_021_499, "1.021 ms"),
        (1_207_345_678, "1.207346 s"),
        (3_600_123_456_789, "3600.123 s"),
        (-1_328_733_872, "-1.3 s"),
    ],
)
def test_a_time_tells_two_microseconds_apart(t_ns: int, text: str) -> None:
    """At the beginning, and after a retransmission's seconds too."""
    assert wording.clock(t_ns) == text


def test_a_result_is_what_the_call_returns_in_c() -> None:
    """Or its errno."""
    assert wording.result(call("client", "send", (0, 1), bytes=60_000)) == "= 60,000"
    assert wording.result(call("client", "recv", (0, 1), bytes=0)) == "= 0"
    assert wording.result(call("client", "connect", (0, 1))) == "= 0"
    assert wording.result(call("client", "connect", (0, 1), errno="ECONNREFUSED")) == "ECONNREFUSED"
    assert wording.result(call("server", "accept", (0, 1))) == "= fd 3"


def test_a_fold_says_how_much_it_stands_for() -> None:
    """Segments, calls, bytes each way, and how long."""
    assert wording.fold(FoldRow(0, 3, 216, (), 1_048_576, 0, 12_300_000)) == "214 segments, 1,048,576 bytes → in 12 ms"
    assert wording.fold(FoldRow(0, 3, 5, (1,), 0, 7, 3_000)) == "3 segments and 1 call, 7 bytes ← in 3.0 µs"
