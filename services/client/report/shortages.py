"""What a client's machine ran out of, in sentences: without them it would look like a slow server."""

from collections import Counter
from collections.abc import Iterator, Sequence

from services.client.errors import Exhausted
from services.client.report.labels import runs_of
from services.client.report.results.schema import LoadRun
from services.client.report.units import count, number, printable


def shortages(runs: Sequence[LoadRun]) -> Iterator[str]:
    """Give a sentence for each thing that ran out, the one that was missed most often first."""
    times: Counter[str | None] = Counter()
    for run in runs:
        times.update(_failures(run))
    for errno, failed in times.most_common():
        found = [run for run in runs if errno in _failures(run)]
        where = f", in {runs_of(found, runs)}" if len(runs) > 1 else ""
        yield (
            f"{_name(errno, found)}: {number(failed, 'attempt')} to connect failed for that reason{where}."
            " It is the client's own limit, and not the server's."
        )


def _failures(run: LoadRun) -> Counter[str | None]:
    """Return how often something was not to be had, by the kernel's name for it."""
    failures: Counter[str | None] = Counter()
    for one in run.error_reasons:
        if one.kind == Exhausted.kind:
            failures[one.errno] += one.count
    return failures


def _name(errno: str | None, runs: Sequence[LoadRun]) -> str:
    if errno == "EADDRNOTAVAIL":
        return f"Out of local ports ({_limit(runs, 'local_ports')} of them, and TIME-WAIT keeps each for 60 s)"
    if errno == "EMFILE":
        return f"Out of descriptors ({_limit(runs, 'open_files')} for a process, RLIMIT_NOFILE)"
    return f"Out of what a connection needs ({printable(errno or 'unknown')})"


def _limit(runs: Sequence[LoadRun], fact: str) -> str:
    """Return the lowest limit that these machines have told of."""
    limits = [value for run in runs if isinstance(value := run.machine.get(fact), int)]
    return count(min(limits)) if limits else "an unknown number"
