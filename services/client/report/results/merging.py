"""Results added up, exactly: rows are collected, counts and histograms added, seconds aligned by the wall clock.

A report depends on nothing else, so merging merged results gives the same as merging all at once.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from services.client.report.results.attendance import Attendance, attendance
from services.client.report.results.checking import Unfit, checked
from services.client.report.results.histograms import sum_of
from services.client.report.results.reading import Input
from services.client.report.results.schema import Broken, Histograms, Load, LoadReport, LoadRun, Run, Second
from services.client.report.results.steps import MergedStep, merged_steps
from shared.load.histogram import Durations

KINDS_OF_DURATION = tuple(Histograms.model_fields)


@dataclass(frozen=True)
class Merged:
    """What all runs did: `durations` and `timeline` are empty when they are sessions, which measure none.

    `steps` are those of loads with several rates; `broken` has the places of results that are cut off.
    """

    runs: Sequence[Run]
    durations: Mapping[str, Durations]
    timeline: Sequence[Second]
    steps: Sequence[MergedStep] = ()
    broken: Sequence[str] = ()

    @property
    def load_runs(self) -> list[LoadRun]:
        """The runs, where they are those of load clients."""
        return [run for run in self.runs if isinstance(run, LoadRun)]

    @property
    def has_measured(self) -> bool:
        """Whether any load came as far as its measured window: without one there is no rate, not even one of 0."""
        return any(run.has_measured for run in self.load_runs)

    @property
    def attendance(self) -> Attendance:
        """Which of the expected replicas reported."""
        return attendance(self.runs, len(self.broken))

    @property
    def bytes_per_s(self) -> float:
        """Bytes verified a second: the sum over the runs, like their message rates."""
        spans = [(run.bytes_verified, (run.ended_at - run.started_at).total_seconds()) for run in self.load_runs]
        return math.fsum(count / seconds for count, seconds in spans if seconds)

    @property
    def is_closed_loop(self) -> bool:
        """Whether no run had a rate: then a message is due when it is sent, and latency is service time."""
        return not any(run.rate_requested for run in self.load_runs)


def row(run: Run) -> dict[str, object]:
    """Return the run's row as JSON holds it."""
    fields = set(LoadRun.model_fields if isinstance(run, LoadRun) else Run.model_fields)
    return run.model_dump(by_alias=True, include=fields if run.replica is not None else fields - {"replica"})


def merge(inputs: Sequence[Input]) -> Merged:
    """Add up; raise Unfit where two inputs do not go together, or a histogram is not what it should be."""
    _expect_one_kind(inputs)
    measured = [(one.where, one.document) for one in inputs if isinstance(one.document, Load | LoadReport)]
    durations = {
        name: sum_of(
            (f"{where}: {name}", getattr(document.histograms, name), getattr(document, name))
            for where, document in measured
        )
        for name in KINDS_OF_DURATION
    }
    runs = _rows(inputs)
    return Merged(
        runs=runs,
        durations=durations if measured else {},
        timeline=_timeline(
            ((where, second) for where, document in measured for second in document.timeline),
            max((second.width_s for _, document in measured for second in document.timeline), default=1),
        ),
        broken=[where for one in inputs for where in _name_broken(one)],
        steps=merged_steps([run for run in runs if isinstance(run, LoadRun)]),
    )


def rebin(timeline: Iterable[Second], width_s: int) -> list[Second]:
    """Return the timeline in steps of so many seconds, each as exact as the seconds it is made of."""
    return _timeline((("", second) for second in timeline), width_s)


def _runs(one: Input) -> Sequence[Run]:
    if isinstance(one.document, Broken):
        return []
    return [one.document] if isinstance(one.document, Run) else one.document.replicas


def _name_broken(one: Input) -> Sequence[str]:
    if isinstance(one.document, Broken):
        return [one.where]
    return [] if isinstance(one.document, Run) else one.document.results_broken


def _expect_one_kind(inputs: Sequence[Input]) -> None:
    # Sessions have counts but no latencies: a sum over both would show percentiles of some of its messages only.
    first, first_kind = next((one.where, run.kind) for one in inputs for run in _runs(one))
    for one in inputs:
        for run in _runs(one):
            if run.kind != first_kind:
                raise Unfit(
                    f"{one.where}: a {run.kind} result, where {first} has a {first_kind} result; "
                    "a session measures no latency: report them apart"
                )


def _rows(inputs: Iterable[Input]) -> list[Run]:
    """Return the rows in an order that does not depend on that of the inputs; refuse to count one twice."""
    found: dict[tuple[datetime, str, bytes], tuple[str, Run]] = {}
    for one in inputs:
        for run in _runs(one):
            host = str(run.machine.get("host", "")) if isinstance(run, LoadRun) else ""
            # The name that the log gives a client is ignored here: the same result may also be in a file.
            facts = {name: value for name, value in row(run).items() if name != "replica"}
            key = run.started_at, host, orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)
            if key in found:
                raise Unfit(f"{one.where}: is in {found[key][0]} already, and would count twice")
            found[key] = one.where, run
    return [found[key][1] for key in sorted(found)]


def _timeline(seconds: Iterable[tuple[str, Second]], width_s: int) -> list[Second]:
    same: defaultdict[int, list[tuple[str, Second]]] = defaultdict(list)
    for where, second in seconds:
        same[second.second // width_s * width_s].append((where, second))
    return [_one_second(at, width_s, same[at]) for at in sorted(same)]


def _one_second(at: int, width_s: int, parts: Sequence[tuple[str, Second]]) -> Second:
    # One second at a time: a histogram takes 188 KB, so that those of an hour would not fit into small machines.
    latency = sum_of((f"{where}: timeline, second {at}", part.histogram, part.latency_us) for where, part in parts)
    if len(parts) == 1:
        return parts[0][1].model_copy(update={"second": at, "width_s": width_s})
    total = {name: sum(getattr(part, name) for _, part in parts) for name in ("messages", "bytes", "errors")}
    at_and_width = {"second": at, "width_s": width_s}
    return checked(Second, {**at_and_width, **total, "latency_us": latency.summary(), "histogram": latency.encode()})
