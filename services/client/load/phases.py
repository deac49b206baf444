"""The phases of a load, and what is told of them while they last."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.client.load.results.recording import Glance


class Phase(StrEnum):
    """A phase of a load; the values are for people."""

    RAMP = "ramp"
    WARMUP = "warm-up"
    MEASURE = "measuring"
    DRAIN = "draining"


@dataclass(frozen=True)
class Plan:
    """A phase to run: which, for how long, with how many messages a second (0: as fast as echoes return).

    `after_s` is how long the phases after it are to last: who watches is told how much is left of all.
    """

    phase: Phase
    duration_s: float
    rate: float
    after_s: float = 0


@dataclass(frozen=True)
class Progress:
    """What is told once a second: the phase, the second that is over, messages in flight, how many ns are left."""

    phase: Phase
    glance: Glance
    in_flight: int
    left_ns: int


Show = Callable[[Progress], None]
