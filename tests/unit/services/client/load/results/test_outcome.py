"""What a run came to: good, bad, or good enough."""

from collections import Counter
from typing import Any

import pytest

from services.client.load.results.outcome import Outcome, Step
from services.client.load.results.recording import Recording
from services.client.load.settings import LoadSettings

SECOND_NS = 10**9


def step(settings: LoadSettings, rate: float, due: int, back: int, errors: dict[str, int] | None = None) -> Step:
    """Return a second in which so many messages were due and came back after 100 us."""
    recording = Recording(64, messages_due=due, messages_sent=due, errors=Counter(errors or {}))
    recording.sessions_failed = recording.errors.total()
    recording.start(0)
    recording.latency_ns += [100_000] * back
    recording.unanswered.add(0, due - back) if due > back else None
    recording.end(SECOND_NS)
    recording.finish()
    return Step(settings, rate, recording, 0, SECOND_NS)


def outcome(back: int = 100, errors: dict[str, int] | None = None, warmup: Any = None, **settings: Any) -> Outcome:
    """Return a run in which 100 messages were due."""
    known = LoadSettings(rate=100, **settings)
    return Outcome(known, warmup or Recording(64), [step(known, 100, 100, back, errors)], 0)


def test_every_message_back_is_good() -> None:
    """No threshold is needed for that."""
    assert outcome().is_good
    assert outcome().misses == []


def test_a_failed_session_is_not_good() -> None:
    """Measured or in the warm-up."""
    assert not outcome(back=99, errors={"reset": 1}).is_good
    assert not outcome(warmup=Recording(64, errors=Counter({"reset": 1}), sessions_failed=1)).is_good


def test_a_message_that_was_not_sent_is_not_good() -> None:
    """Though no session has failed."""
    run = outcome(back=40)
    run.steps[0].recording.messages_sent = 40
    assert not run.is_good


def test_few_errors_are_good_where_they_are_allowed() -> None:
    """The threshold decides, and not that there was one."""
    run = outcome(back=99, errors={"reset": 1}, max_error_rate=0.5)
    assert (run.is_good, run.misses) == (True, [])
    run = outcome(back=40, errors={"reset": 1}, max_error_rate=0.5)
    assert [miss.found for miss in run.misses] == [0.6]


@pytest.mark.parametrize("kind", ["mismatch", "reordered", "surplus"])
def test_wrong_bytes_are_never_good(kind: str) -> None:
    """No error rate allows for them."""
    assert not outcome(back=99, errors={kind: 1}, max_error_rate=0.5).is_good


def test_a_latency_without_an_answer_counts() -> None:
    """Of 100 messages two that never came back, due a second ago, are the 99th percentile."""
    run = outcome(back=98, errors={"reset": 1}, max_p99_us=500_000)
    assert [miss.found for miss in run.misses] == [1_000_000]


def climbed(*back: int, **settings: Any) -> Outcome:
    """Return a run in steps, each of which 100 messages were due in, and so many came back."""
    known = LoadSettings(rate=100, rate_to=100 * len(back), steps=len(back), **settings)
    return Outcome(known, Recording(64), [step(known, 100, 100, count) for count in back], 0)


def test_a_climb_is_good_when_a_step_was() -> None:
    """It is there to find a rate that is too high: that one fails is no failure."""
    run = climbed(100, 100, 40)
    assert [one.is_met for one in run.steps] == [True, True, False]
    assert (run.is_good, run.misses) == (True, [])


def test_a_climb_whose_first_step_is_too_much_has_missed() -> None:
    """Then no rate was good enough."""
    run = climbed(40, 30, 20, max_p99_us=500)
    assert not run.is_good
    assert [miss.allowed for miss in run.misses] == [500]


def test_the_whole_of_a_climb_has_all_of_its_messages() -> None:
    """Its rate is the mean, and its latencies those of every step."""
    whole = climbed(100, 60).whole
    assert (whole.recording.messages_due, whole.recording.messages_verified) == (200, 160)
    assert whole.latency.count == 200
    assert (whole.started_ns, whole.ended_ns) == (0, SECOND_NS)
