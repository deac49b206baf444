"""The TCP options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.options import NO_OPTIONS, parse
from services.scope.model import Options


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("02 04 05 b4", Options(mss=1460)),
        ("01 03 03 07", Options(window_scale=7)),
        ("03 03 0f", Options(window_scale=14)),  # RFC 7323 2.3
        ("04 02", Options(sack_permitted=True)),
        ("08 0a 00 00 00 01 00 00 00 02", Options(timestamps=(1, 2))),
        ("01 01 08 0a 00 00 00 01 00 00 00 02", Options(timestamps=(1, 2))),
        ("05 0a 00 00 00 01 00 00 00 02", Options(sack=((1, 2),))),
        ("05 12 00 00 00 01 00 00 00 02 00 00 00 05 00 00 00 09", Options(sack=((1, 2), (5, 9)))),
        ("22 02", Options(fast_open=b"")),
        ("22 0a 01 02 03 04 05 06 07 08", Options(fast_open=bytes(range(1, 9)))),
        ("fe 04 f9 89", Options(fast_open=b"")),
        ("fe 08 f9 89 01 02 03 04", Options(fast_open=bytes(range(1, 5)))),
        ("02 04 05 b4 04 02 08 0a 00 00 00 01 00 00 00 00 01 03 03 0a", Options(1460, 10, True, (), (1, 0))),
    ],
)
def test_each_option_is_read(data: str, options: Options) -> None:
    """Alone, with padding, and together as Linux sends them."""
    assert parse(bytes.fromhex(data)) == options


@pytest.mark.parametrize(
    "data",
    [
        "",
        "00 02 04 05 b4",  # after the end
        "01 01 01 01",
        "02 03 05",  # a wrong length
        "02 00 05 b4",  # no length
        "02 01 05 b4",
        "02 04 05",  # cut off
        "02",
        "05 0b 00 00 00 01 00 00 00 02 00",  # half a block
        "fe 04 00 01",  # another experiment
        "1e 04 00 00",  # MPTCP
    ],
)
def test_what_is_no_option_of_these_is_passed_over(data: str) -> None:
    """Hostile or cut off: as if absent."""
    assert parse(bytes.fromhex(data)) == NO_OPTIONS


@given(st.binary(max_size=40))
def test_any_bytes_have_options_or_none(data: bytes) -> None:
    """No input is an error, or without end."""
    assert isinstance(parse(data), Options)
