"""The kinds of fields that a result has."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

# The greatest integer that any JSON reader can hold, if it reads integers as 64 bits.
MOST = 2**63 - 1


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("should be a text")  # noqa: TRY004 -- pydantic makes a message of a ValueError only
    try:
        instant = datetime.fromisoformat(value)
        offset = instant.utcoffset()
    except ValueError:
        offset = None
    if offset is None:
        raise ValueError("should be ISO 8601 with an offset from UTC")
    return instant.astimezone(UTC)


def text_of(instant: datetime) -> str:
    """Return the instant as results have it."""
    return instant.isoformat(timespec="microseconds")


def _fact(value: object) -> object:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict | list):
            raise ValueError("should be a text, a number, a truth value, null, or a list of these")  # noqa: TRY004
    return value


Count: TypeAlias = Annotated[int, Field(ge=0, le=MOST)]
Rate: TypeAlias = Annotated[float, Field(ge=0, le=MOST)]
Instant: TypeAlias = Annotated[datetime, BeforeValidator(_instant), PlainSerializer(text_of)]
Fact: TypeAlias = Annotated[Any, AfterValidator(_fact)]
Facts: TypeAlias = dict[str, Fact]


class Part(BaseModel):
    """A part of a result; what a later version adds to it is not looked at."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)
