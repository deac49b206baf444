"""What a load's result says beside its measurements."""

from typing import Any

import pytest

from services.client.report.results.checking import Unfit, checked
from services.client.report.results.fields import Part
from services.client.report.results.parts import Late, Reason, Saturated, Server, Warmup

_REASON = {"phase": "connect", "kind": "refused", "errno": "ECONNREFUSED", "count": 1}


@pytest.mark.parametrize(
    ("part", "value", "line"),
    [
        (Warmup, {"messages_sent": 1}, "messages_verified is missing"),
        (Late, {"count": -1, "max_us": 0, "total_us": 0}, "count is -1: should be greater than or equal to 0"),
        (Saturated, {"messages": 1.5, "time_us": 0}, "messages is 1.5: should be a valid integer"),
        (Reason, _REASON | {"errno": 111}, "errno is 111: should be a valid string"),
        (Server, {"log_level": "info", "watched": "no"}, "watched is 'no': should be a valid boolean"),
    ],
)
def test_a_part_that_is_wrong_is_refused_in_one_line(part: type[Part], value: dict[str, Any], line: str) -> None:
    """The line names the field and its rule."""
    with pytest.raises(Unfit) as caught:
        checked(part, value)
    assert str(caught.value) == line


def test_a_reason_need_not_have_the_kernels_name() -> None:
    """A peer that closes early breaks no rule of the kernel's."""
    assert checked(Reason, _REASON | {"errno": None}).errno is None
