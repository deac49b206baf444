"""A second of one client's load, as it is sent to the scope: the record, and what is right in it."""

from dataclasses import asdict, dataclass
from typing import Any

# The key that tells such an object from other records.
LOAD = "load"


class NoSecond(ValueError):
    """An object that says it is a load's record and is none: `field` is wrong or missing."""

    def __init__(self, field: str, *, is_missing: bool) -> None:
        self.field, self.is_missing = field, is_missing
        super().__init__(f"is no record of a load: {field} is {'missing' if is_missing else 'wrong'}")


@dataclass(frozen=True, slots=True)
class LoadSecond:
    """What a client has verified in `second` (Unix time); its fields, behind `load`, are the JSON contract.

    `rate_requested` is in messages a second, 0 where they are sent as fast as echoes return; `latency` and
    `service_time` are HdrHistograms in base64 (shared.load.histogram).
    """

    host: str
    pid: int
    t_ns: int
    second: int
    messages: int
    errors: int
    in_flight: int
    rate_requested: float
    latency: str
    service_time: str

    def as_record(self) -> dict[str, Any]:
        """Return it as its JSON object has it."""
        return {LOAD: 1, **asdict(self)}


# Most of what is counted, and of seconds; sums of it over all replicas still fit into 64 bits.
_MOST, _MOST_NS = 2**40, 2**63 - 1

_NUMBERS = ("pid", "t_ns", "second", "messages", "errors", "in_flight", "rate_requested")
_TEXTS = ("host", "latency", "service_time")


def second_of(found: dict[str, Any]) -> LoadSecond:
    """Return what a load's record says; raise NoSecond."""
    for name in (*_TEXTS, *_NUMBERS):
        if name not in found:
            raise NoSecond(name, is_missing=True)
        value = found[name]
        # type(), not isinstance(): JSON's true is no number.
        types = (str,) if name in _TEXTS else (int, float) if name == "rate_requested" else (int,)
        most = _MOST_NS if name == "t_ns" else _MOST
        if type(value) not in types or (name in _NUMBERS and not 0 <= value <= most):
            raise NoSecond(name, is_missing=False)
    return LoadSecond(**{name: found[name] for name in (*_TEXTS, *_NUMBERS)})
