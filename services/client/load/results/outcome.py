"""What a run of the load came to, and whether that was good enough."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from services.client.load.results.recording import Recording, merged
from services.client.load.results.timeline import total
from services.client.load.settings import LoadSettings
from services.client.thresholds import WRONG_BYTES, Figures, Miss, is_step_met, missed
from shared.load.histogram import Durations


@dataclass
class Step:
    """What was measured at one rate, between `started_ns` and `ended_ns` (CLOCK_MONOTONIC)."""

    settings: LoadSettings
    rate: float
    recording: Recording
    started_ns: int = 0
    ended_ns: int = 0

    @property
    def rate_achieved(self) -> float:
        """Messages verified a second."""
        elapsed_ns = self.ended_ns - self.started_ns
        return self.recording.messages_verified * 1e9 / elapsed_ns if elapsed_ns > 0 else 0.0

    @cached_property
    def latency(self) -> Durations:
        """The latencies, as one histogram; asked for when the step is over, and before steps are merged."""
        return total(one.latency for one in self.recording.timeline.slices)

    @cached_property
    def figures(self) -> Figures:
        """What thresholds are judged by."""
        recording = self.recording
        return Figures(
            due=recording.messages_due,
            verified=recording.messages_verified,
            errors=recording.errors.total(),
            p99_us=self.latency.summary()["p99"],
            rate=self.rate_achieved,
        )

    @cached_property
    def misses(self) -> list[Miss]:
        """The thresholds that were missed."""
        return missed(self.settings.thresholds, self.figures)

    @cached_property
    def is_met(self) -> bool:
        """Whether the rate and all thresholds were kept; unless an error rate is allowed, any error is one too many."""
        return is_step_met(self.settings.thresholds, self.figures, self.rate)


class HowRun(NamedTuple):
    """How the server is run: its log level (debug: a line for each socket call), and whether a scope watches it."""

    log_level: str
    watched: bool


@dataclass
class Outcome:
    """A run: `offset_ns` makes wall-clock times of monotonic ones.

    `interrupted` is the signal's name; `failure` is why there was nothing to measure; `how_run` is None where the
    server does not say it.
    """

    settings: LoadSettings
    warmup: Recording
    steps: list[Step]
    offset_ns: int
    interrupted: str | None = None
    failure: str | None = None
    how_run: HowRun | None = None

    @cached_property
    def whole(self) -> Step:
        """All steps as one; a run without steps is one step."""
        first, last = self.steps[0], self.steps[-1]
        if len(self.steps) == 1:
            return first
        return Step(
            self.settings,
            sum(step.rate for step in self.steps) / len(self.steps),
            merged([step.recording for step in self.steps]),
            first.started_ns,
            last.ended_ns,
        )

    @property
    def measured(self) -> Recording:
        """What was measured, over all steps."""
        return self.whole.recording

    @property
    def misses(self) -> list[Miss]:
        """The thresholds that were missed; with steps, those of the first, if no step has met them."""
        if self.failure is not None:
            return []
        if self.settings.rate_to is None:
            return self.whole.misses
        return [] if any(step.is_met for step in self.steps) else self.steps[0].misses

    @property
    def is_good(self) -> bool:
        """Whether every byte came back, also in the warm-up, and every message that was due was sent.

        Where an error rate is allowed, the thresholds judge it, and only wrong bytes fail the run whatever the rate.
        The same holds for a run in steps, which is meant to reach a rate that is too high.
        """
        if self.failure is not None:
            return False
        if WRONG_BYTES & {*self.warmup.errors, *self.measured.errors}:
            return False
        if self.settings.rate_to is not None:
            return self.interrupted is not None or any(step.is_met for step in self.steps)
        if self.settings.max_error_rate is not None:
            return True
        is_complete = self.measured.messages_due <= self.measured.messages_sent or self.interrupted is not None
        return is_complete and not (self.warmup.sessions_failed or self.measured.sessions_failed)
