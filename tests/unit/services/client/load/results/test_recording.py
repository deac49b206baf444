"""Samples, folded in batches into seconds of the wall clock."""

import time

from hypothesis import given
from hypothesis import strategies as st

from services.client.load.results.recording import Reason, Recording, merged
from services.client.load.results.timeline import total


def started() -> tuple[Recording, int]:
    """Return a recording, and the moment (CLOCK_MONOTONIC) of a wall-clock second in which it begins."""
    recording = Recording(64)
    offset_ns = time.time_ns() - time.monotonic_ns()
    second_ns = (time.time_ns() // 10**9 + 5) * 10**9 - offset_ns
    recording.start(second_ns + 100_000_000)
    return recording, second_ns


def test_a_sample_belongs_to_the_second_it_was_seen_in() -> None:
    """What was gathered before the second ended is its own; what comes after is the next one's."""
    recording, second_ns = started()
    recording.latency_ns += [5_000, 6_000]
    assert recording.fold(second_ns + 900_000_000) is None
    recording.latency_ns.append(7_999)
    glance = recording.fold(second_ns + 1_010_000_000)
    recording.latency_ns.append(8_000)
    recording.fold(second_ns + 1_500_000_000)
    recording.finish()
    assert glance is not None
    assert (glance.messages, glance.p50_us, glance.p99_us, glance.max_us) == (3, 6, 7, 7)
    first, second = recording.timeline.slices
    assert (first.messages, second.messages, second.second - first.second) == (3, 1, 1)
    assert (first.latency.counts(), second.latency.counts()) == ({5: 1, 6: 1, 7: 1}, {8: 1})
    assert recording.messages_verified == 4


def test_a_phase_that_never_began_has_no_timeline() -> None:
    """Interrupted in the warm-up, or with a replica that never came, there is no second to tell of."""
    recording = Recording(64)
    recording.errors["refused"] += 1
    recording.finish()
    assert recording.timeline.slices == []


def test_a_second_without_messages_is_in_the_timeline() -> None:
    """A stall is to be seen: its seconds are there, and empty."""
    recording, second_ns = started()
    recording.fold(second_ns + 4_200_000_000)
    recording.finish()
    assert [one.messages for one in recording.timeline.slices] == [0] * 5
    assert recording.glance().max_us is None


def test_an_error_belongs_to_its_second() -> None:
    """The timeline's errors add up to all of them."""
    recording, second_ns = started()
    recording.errors["reset"] += 2
    recording.fold(second_ns + 1_100_000_000)
    recording.errors["lost"] += 1
    recording.finish()
    assert [one.errors for one in recording.timeline.slices] == [2, 1]


@given(st.lists(st.lists(st.integers(0, 10**12), max_size=20), max_size=5))
def test_seconds_add_up_to_the_run(seconds: list[list[int]]) -> None:
    """Nothing is trimmed: the total has every sample of every second, whole microseconds rounded down."""
    recording, now_ns = started()
    for samples in seconds:
        recording.latency_ns += samples
        recording.service_ns += samples
        now_ns += 10**9
        recording.fold(now_ns)
    recording.finish()
    flat = [ns // 1000 for samples in seconds for ns in samples]
    for durations in (
        total(s.latency for s in recording.timeline.slices),
        total(s.service for s in recording.timeline.slices),
    ):
        assert (durations.count, durations.total_us, durations.max_us) == (len(flat), sum(flat), max(flat, default=0))


def test_what_never_came_back_waited_until_the_end_at_least() -> None:
    """It is in the latency, and not among the messages that were verified."""
    recording, second_ns = started()
    recording.latency_ns.append(5_000)
    recording.unanswered.add(second_ns + 200_000_000, 3)
    recording.end(second_ns + 700_000_000)
    recording.finish()
    (only,) = recording.timeline.slices
    assert (only.messages, recording.messages_verified) == (1, 1)
    ((fast, once), (slow, thrice)) = only.latency.counts().items()
    assert (fast, once, thrice) == (5, 1, 3)
    assert 499_998 <= slow <= 500_000  # a lower bound, to the microsecond


def test_steps_add_up() -> None:
    """Counts, reasons and seconds of all steps are those of the whole, and none of them is changed by it."""
    parts = []
    for count in (1, 2):
        recording, second_ns = started()
        recording.latency_ns += [1_000 * count] * count
        recording.messages_due = count
        recording.reasons[Reason("connect", "refused", "ECONNREFUSED")] += count
        recording.end(second_ns + 200_000_000)
        recording.finish()
        parts.append(recording)
    whole = merged(parts)
    assert (whole.messages_due, whole.messages_verified) == (3, 3)
    assert whole.reasons.total() == 3
    assert [one.latency.counts() for one in whole.timeline.slices] == [{1: 1, 2: 2}]
    assert [one.timeline.slices[0].messages for one in parts] == [1, 2]


def test_lateness_is_counted_summed_and_its_worst_kept() -> None:
    """How often, how much in all, and how much at the most."""
    recording = Recording(64)
    for late_us in (3, 9, 4):
        recording.late.add(late_us)
    assert (recording.late.count, recording.late.max_us, recording.late.total_us) == (3, 9, 16)
