"""A load's record, from one end to the other."""

from typing import Any

import pytest

from shared.load.second import LoadSecond, NoSecond, second_of

SECOND = LoadSecond("here", 7, 5, 1_700_000_000, 100, 1, 3, 100.0, "aaaa", "bbbb")


def test_a_record_has_the_keys_of_the_contract_in_its_order() -> None:
    """`load` first, by which it is told from other records."""
    assert list(SECOND.as_record()) == [
        "load",
        "host",
        "pid",
        "t_ns",
        "second",
        "messages",
        "errors",
        "in_flight",
        "rate_requested",
        "latency",
        "service_time",
    ]


def test_what_was_sent_can_be_read_again() -> None:
    """All of it, and what another version has added is passed over."""
    assert second_of(SECOND.as_record() | {"added": 1}) == SECOND


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pid", True),
        ("second", -1),
        ("messages", 2**41),
        ("messages", "1"),
        ("latency", 1),
        ("host", None),
        ("rate_requested", "1"),
    ],
)
def test_a_record_with_a_wrong_field_is_refused(field: str, value: Any) -> None:
    """By the field's name."""
    with pytest.raises(NoSecond, match=f"{field} is wrong"):
        second_of(SECOND.as_record() | {field: value})


def test_a_record_without_a_field_is_refused() -> None:
    """By the field's name."""
    with pytest.raises(NoSecond, match="in_flight is missing"):
        second_of({name: value for name, value in SECOND.as_record().items() if name != "in_flight"})
