"""Which replicas of a load should have reported, and which did."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.client.report.results.schema import LoadRun, Run

# The most replicas that a load may expect.
_MOST_EXPECTED = 1000

_NUMBERED = re.compile(r"(.*[-_.])(\d{1,6})")


@dataclass(frozen=True)
class Attendance:
    """How many replicas reported, and how many were expected; `missing` names the others where it is known."""

    reported: int
    expected: int
    missing: tuple[str, ...] = ()

    @property
    def is_partial(self) -> bool:
        """Whether a replica is missing: all totals then cover only a part of the load."""
        return self.reported < self.expected


def attendance(runs: Sequence[Run], broken: int = 0) -> Attendance:
    """Return who reported: each run tells how many replicas it was one of.

    A report may hold several loads: seven runs that each say "one of four" are two loads with one replica missing. A
    replica with a broken result is missing too, even where no run says how many to expect.
    """
    groups = Counter(_expected(run) for run in runs)
    expected = max(sum(-(-count // size) * size for size, count in groups.items()), len(runs) + broken)
    missing = _missing_names(runs, expected) if len(runs) < expected else ()
    return Attendance(len(runs), expected, missing)


def _expected(run: Run) -> int:
    said = run.settings.get("expect_clients") if isinstance(run, LoadRun) else 1
    return said if isinstance(said, int) and 1 <= said <= _MOST_EXPECTED else 1


def _missing_names(runs: Sequence[Run], expected: int) -> tuple[str, ...]:
    """Return the names that are not there, where the others are numbered from 1: `client-1`, `client-3`."""
    found = [_NUMBERED.fullmatch(run.replica or "") for run in runs]
    numbers = {int(one[2]) for one in found if one}
    stems = {one[1] if one else None for one in found}
    every = set(range(1, expected + 1))
    if len(stems) != 1 or None in stems or len(numbers) != len(runs) or not numbers <= every:
        return ()
    (stem,) = stems
    return tuple(f"{stem}{number}" for number in sorted(every - numbers))
