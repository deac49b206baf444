"""Numbers and foreign text for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.report.units import count, duration, number, percent, printable, rate, size


@pytest.mark.parametrize(
    ("value_us", "text"),
    [
        (0, "0 µs"),
        (0.5, "0.5 µs"),
        (9.996, "10 µs"),
        (999, "999 µs"),
        (999.6, "1 ms"),
        (1_234, "1.23 ms"),
        (99_960, "100 ms"),
        (999_600, "1 s"),
        (12_345_678, "12.3 s"),
        (3_600_000_000, "3,600 s"),
    ],
)
def test_a_duration_has_three_digits_and_its_unit(value_us: float, text: str) -> None:
    """A thousand of a unit is one of the next, also after rounding."""
    assert duration(value_us) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (1_234_567, "1,234,567")])
def test_a_count_is_exact(value: int, text: str) -> None:
    """Counts are not rounded."""
    assert count(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 echoes"), (0.6, "1 echo"), (1, "1 echo"), (1_234, "1,234 echoes")])
def test_a_noun_has_its_number(value: float, text: str) -> None:
    """One of them, as it is shown, is no plural."""
    assert number(value, "echo", "echoes") == text
    assert number(2, "message") == "2 messages"


@pytest.mark.parametrize(("per_s", "text"), [(0, "0"), (0.125, "0.125"), (99.94, "99.9"), (12_345.6, "12,346")])
def test_a_slow_rate_has_decimals(per_s: float, text: str) -> None:
    """One message in eight seconds is not none."""
    assert rate(per_s) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (2**40, "1 TiB")])
def test_a_size_has_its_unit(value: int, text: str) -> None:
    """Binary units, by their names."""
    assert size(value) == text


@pytest.mark.parametrize(("share", "text"), [(0, "0 %"), (0.5, "50 %"), (0.99999, "99.99 %"), (1, "100 %")])
def test_what_is_not_all_is_not_100_percent(share: float, text: str) -> None:
    """One message missing of a million is seen."""
    assert percent(share) == text


@given(text=st.text())
def test_foreign_text_steers_nothing(text: str) -> None:
    """No escape sequence, line break or change of direction is left, and what is printable stays."""
    shown = printable(text)
    assert shown.isprintable()
    assert not text.isprintable() or shown == text
