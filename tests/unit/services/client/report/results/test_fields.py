"""Fields of a result."""

import pytest
from pydantic import ValidationError

from services.client.report.results.fields import Count, Facts, Instant, Part, Rate


class Sample(Part):
    """One field of each kind."""

    count: Count
    rate: Rate
    at: Instant
    facts: Facts


GOOD = {"count": 1, "rate": 0.5, "at": "2026-11-25T04:00:00+01:00", "facts": {"a": [1, "b", None]}}


def test_an_instant_is_told_in_utc() -> None:
    """Replicas may be anywhere; what is printed again is the same instant."""
    sample = Sample.model_validate(GOOD)
    assert sample.model_dump()["at"] == "2026-11-25T03:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", -1),
        ("count", 2**63),
        ("count", True),
        ("rate", float("inf")),
        ("rate", -0.5),
        ("at", "2026-11-25T04:00:00"),
        ("at", 5),
        ("facts", {"a": {"b": 1}}),
    ],
)
def test_what_no_reader_could_hold_is_refused(name: str, value: object) -> None:
    """Integers have 63 bits, rates are finite, instants have an offset, facts are flat."""
    with pytest.raises(ValidationError):
        Sample.model_validate(GOOD | {name: value})
