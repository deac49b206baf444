"""The rules that the JSON of a result must keep to be merged."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from services.client.report.results.fields import MOST, Count, Facts, Instant, Part, Rate
from services.client.report.results.older import completed
from services.client.report.results.parts import Late, Reason, Saturated, Server, Warmup


class Summary(Part):
    """A distribution of durations, in microseconds."""

    count: Count
    total: Count
    min: Count
    mean: Rate
    stddev: Rate | None = None  # older clients have none, nor p95
    p50: Count
    p75: Count
    p90: Count
    p95: Count | None = None
    p99: Count
    p99_9: Count = Field(alias="p99.9")
    p99_99: Count = Field(alias="p99.99")
    max: Count

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        p95 = self.p90 if self.p95 is None else self.p95
        ascending = (self.min, self.p50, self.p75, self.p90, p95, self.p99, self.p99_9, self.p99_99, self.max)
        if any(lower > upper for lower, upper in pairwise(ascending)):
            raise ValueError("min, p50, …, max should ascend")
        if not self.count * self.min <= self.total <= self.count * self.max:
            raise ValueError("total should be between count x min and count x max")
        return self


class Second(Part):
    """What was done in one second of wall clock time, which is its Unix time, or in so many from it on.

    All parts of a timeline are of one width, a power of two, and begin at a multiple of it. Latency also has what was
    due and did not come back.
    """

    second: Annotated[int, Field(ge=0, le=253_402_300_799)]  # until the end of the year 9999
    width_s: Annotated[int, Field(ge=1, le=2**20)] = 1
    messages: Count
    bytes: Count
    errors: Count
    latency_us: Summary
    histogram: str


class Step(Part):
    """What was measured at one of several rates."""

    started_at: Instant
    ended_at: Instant
    rate_requested: Rate
    rate_achieved: Rate
    messages_due: Count
    messages_sent: Count
    messages_verified: Count
    messages_unsent: Count
    messages_unanswered: Count
    errors: dict[str, Count]
    latency_us: Summary
    histogram: str
    is_met: bool
    missed: list[str]


class Run(Part):
    """One run of one client: what a row of the report shows.

    `replica` is what the log calls the client, `client-2`; a result that was not read from a log has none.
    """

    replica: str | None = None
    kind: Literal["session", "load"]
    settings: Facts
    started_at: Instant
    ended_at: Instant
    sessions: Count
    sessions_failed: Count
    messages_sent: Count
    messages_verified: Count
    mismatches: Count
    bytes_sent: Count
    bytes_verified: Count
    errors: dict[str, Count]

    @model_validator(mode="after")
    def _does_not_contradict_itself(self) -> Self:
        if self.ended_at < self.started_at:
            raise ValueError("ended_at should not be before started_at")
        if self.sessions_failed > self.sessions:
            raise ValueError(f"sessions_failed should not exceed the {self.sessions} sessions")
        return self


class Session(Run):
    """The result of sessions one after another, which measure no latency."""

    kind: Literal["session"]


class LoadRun(Run):
    """One run of one load client, without its histograms."""

    kind: Literal["load"]
    machine: Facts
    versions: Facts
    server: Server | None = None
    messages_due: Count
    messages_unsent: Count
    messages_unanswered: Count
    error_reasons: list[Reason]
    addresses: dict[str, Count]
    warmup: Warmup
    client_late: Late
    client_stalls: Late
    client_saturated: Saturated
    clock_moved_s: Annotated[float, Field(ge=-MOST, le=MOST)]
    interrupted: Literal["SIGINT", "SIGTERM", "SIGHUP"] | None
    failure: str | None
    rate_requested: Rate
    rate_achieved: Rate
    latency_us: Summary
    service_time_us: Summary
    steps: list[Step]
    connect_us: Summary

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        return completed(values) if isinstance(values, dict) else values

    @property
    def messages_left_out(self) -> int:
        """Messages that were due and are in no latency: older clients left out what did not come back."""
        return max(0, self.messages_due - self.latency_us.count) if self.latency_us.stddev is None else 0

    @property
    def has_measured(self) -> bool:
        """Whether its measured window has begun."""
        return self.ended_at > self.started_at

    @property
    def measured_nothing(self) -> bool:
        """Whether it failed before its window began: nobody listened, or the other replicas never came."""
        return self.failure is not None or not (self.has_measured or self.interrupted)


class Histograms(Part):
    """The three distributions in full: HdrHistogram V2 in base64."""

    latency_us: str
    service_time_us: str
    connect_us: str


class Load(LoadRun):
    """The result of a load client."""

    timeline: list[Second]
    histograms: Histograms

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _expect_every_sample(self)
        return self


class Broken(Part):
    """The beginning of a result: its client ended, or was ended, while it printed."""


class SessionReport(Part):
    """A report over results without histograms: everything in it can be computed from its rows."""

    results_broken: list[str] = Field(default_factory=list)
    replicas: list[Session] = Field(min_length=1)


class LoadReport(Part):
    """A report over load clients: rows, and what they measured, added up."""

    results_broken: list[str] = Field(default_factory=list)
    replicas: list[LoadRun] = Field(min_length=1)
    latency_us: Summary
    service_time_us: Summary
    connect_us: Summary
    timeline: list[Second]
    histograms: Histograms

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        for name in Histograms.model_fields:
            count = sum(getattr(run, name).count for run in self.replicas)
            if count != getattr(self, name).count:
                raise ValueError(f"{name} counts {getattr(self, name).count}, its replicas {count}")
        _expect_every_sample(self)
        return self


def _expect_every_sample(result: Load | LoadReport) -> None:
    count = sum(second.latency_us.count for second in result.timeline)
    if count != result.latency_us.count:
        raise ValueError(f"latency_us counts {result.latency_us.count}, its timeline {count}")


Document: TypeAlias = Session | Load | SessionReport | LoadReport | Broken
