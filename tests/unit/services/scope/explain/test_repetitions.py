"""Why a segment is sent again, as far as the times allow to say it."""

import pytest

from services.scope.calls.landmarks import Landmarks
from services.scope.explain.segments import Segments
from tests.unit.services.scope.harness.wire import MSS, Talk, followed


def last_name(spoken: Talk) -> str:
    """Return the name of what is said first of a talk's last segment."""
    (conversation,) = followed(spoken)
    return Segments(conversation, Landmarks(conversation)).cases(len(conversation.segments) - 1)[0].name


def opened(round_trip_ms: float) -> Talk:
    """Return a talk whose handshake took so long."""
    spoken = Talk(identified=True)
    spoken.client("SYN", 0, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS, after_ms=round_trip_ms)
    spoken.client("ACK", 1, 1, after_ms=0)
    spoken.client("PSH ACK", 1, 1, 100)
    return spoken


@pytest.mark.parametrize(
    ("wait_ms", "round_trip_ms", "name"),
    [
        (210, 2, "again"),
        (210, 400, "again_soon"),
        (20, 2, "again_early"),
        (0.013, 2, "again_soon"),
        (20, 30, "again_soon"),
    ],
)
def test_a_timer_is_named_only_where_it_can_have_run_out(wait_ms: float, round_trip_ms: float, name: str) -> None:
    """None is set to less than a round trip; a time-out is 200 ms at least."""
    spoken = opened(round_trip_ms)
    spoken.client("PSH ACK", 1, 1, 100, after_ms=wait_ms)
    assert last_name(spoken) == name


def test_only_the_last_segment_is_probed_for() -> None:
    """Of what is followed by more, a tail loss probe repeats nothing (RFC 8985 7.3)."""
    spoken = opened(2)
    spoken.client("PSH ACK", 101, 1, 100)
    spoken.client("PSH ACK", 1, 1, 100, after_ms=20)
    assert last_name(spoken) == "again_soon"


def test_what_repeats_nothing_that_was_captured_has_no_cause() -> None:
    """It ends where the highest number is, so it has been sent before."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 101, 1, 100)
    spoken.client("PSH ACK", 1, 1, 200, after_ms=300)
    assert last_name(spoken) == "again_unknown"


@pytest.mark.parametrize(
    ("answer", "wait_ms", "name"),
    [
        (None, 1000, "syn_again"),
        (None, 150, "again_soon"),
        ("SYN ACK", 1000, "syn_again_answered"),
        ("RST ACK", 500, "syn_again_refused"),
    ],
)
def test_a_syn_is_sent_again_for_a_reason(answer: str | None, wait_ms: float, name: str) -> None:
    """No answer for a timer's time, an answer that was lost, or a refusal that is not believed."""
    spoken = Talk(identified=True)
    spoken.client("SYN", 0, options=MSS)
    if answer is not None:
        spoken.server(answer, 0, 1)
    spoken.client("SYN", 0, options=MSS, after_ms=wait_ms)
    assert last_name(spoken) == name


@pytest.mark.parametrize(
    ("between", "wait_ms", "name"),
    [
        ("ACK", 1000, "syn_ack_again"),
        (None, 1000, "syn_ack_again_unanswered"),
        ("SYN", 1000, "syn_ack_again_asked"),
        ("ACK", 1, "again_soon"),
    ],
)
def test_a_syn_ack_is_sent_again_for_a_reason(between: str | None, wait_ms: float, name: str) -> None:
    """The third ACK was not taken, or did not come, or the SYN came again."""
    spoken = Talk(identified=True)
    spoken.client("SYN", 0, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    if between is not None:
        spoken.client(between, 0 if between == "SYN" else 1, 1, after_ms=500 if between == "SYN" else 0.1)
    spoken.server("SYN ACK", 0, 1, options=MSS, after_ms=wait_ms)
    assert last_name(spoken) == name
