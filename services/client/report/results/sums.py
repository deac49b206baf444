"""Sums over several runs: errors and rates; and what the runs have in common."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from services.client.report.results.fields import Facts
from services.client.report.results.parts import Reason
from services.client.report.results.schema import LoadRun, Run


def errors(runs: Iterable[Run]) -> dict[str, int]:
    """Return how often each kind of error occurred, by kind."""
    return added(run.errors for run in runs)


def reasons(runs: Iterable[LoadRun]) -> list[Reason]:
    """Return why things failed, the most frequent reason first."""
    total: Counter[tuple[str, str, str | None]] = Counter()
    for run in runs:
        for one in run.error_reasons:
            total[one.phase, one.kind, one.errno] += one.count
    ordered = sorted(total.items(), key=lambda item: (-item[1], *map(str, item[0])))
    return [Reason(phase=phase, kind=kind, errno=errno, count=count) for (phase, kind, errno), count in ordered]


def rates(runs: Sequence[LoadRun]) -> tuple[float, float]:
    """Return the requested and the achieved rate in messages a second, each the sum over the runs.

    The requested one is 0 where a run had no rate to keep. `fsum` does not depend on the order.
    """
    has_rate = all(run.rate_requested for run in runs)
    requested = math.fsum(run.rate_requested for run in runs) if has_rate else 0.0
    return requested, math.fsum(run.rate_achieved for run in runs)


# Settings in which two runs may differ that measure the same.
OF_THE_RUN = frozenset(("out", "log_format"))


def in_common(facts: Sequence[Facts]) -> Facts:
    """Return the facts that are the same in all of them."""
    first, *others = facts
    return {name: value for name, value in first.items() if all(name in o and o[name] == value for o in others)}


def server_of(runs: Sequence[LoadRun]) -> Facts:
    """Return how the server was run, as far as every run heard the same; what one did not hear is unknown."""
    return in_common([{} if run.server is None else run.server.model_dump() for run in runs])


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the counts of all of them, by kind."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
