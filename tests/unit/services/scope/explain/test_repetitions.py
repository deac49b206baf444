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
    spoken.client("ACK", 1, 1, 100)
    spoken.client("PSH ACK", 101, 1, 100)
    return spoken


def again_after(wait_ms: float, spoken: Talk) -> str:
    """Return the name of what is said of the last segment's repetition."""
    spoken.client("PSH ACK", 101, 1, 100, after_ms=wait_ms)
    return last_name(spoken)


@pytest.mark.parametrize(
    ("wait_ms", "round_trip_ms", "name"),
    [
        (210, 2, "again"),
        (210, 400, "again_soon"),
        (20, 2, "again_early"),
        (0.013, 2, "again_soon"),
        (20, 30, "again_soon"),
        (50, 30, "again_soon"),
        (70, 30, "again_early"),
    ],
)
def test_a_timer_is_named_only_where_it_can_have_run_out(wait_ms: float, round_trip_ms: float, name: str) -> None:
    """A time-out is 200 ms and a round trip at least, and a tail loss probe is sent after two round trips."""
    assert again_after(wait_ms, opened(round_trip_ms)) == name


def test_the_only_segment_under_way_is_not_probed_for_before_its_time_out() -> None:
    """Its ACK may be held back for 200 ms (RFC 8985 7.2)."""
    spoken = opened(2)
    spoken.server("ACK", 1, 101)
    spoken.client("PSH ACK", 201, 1, 100, after_ms=300)
    spoken.server("ACK", 1, 201)
    spoken.client("PSH ACK", 201, 1, 100, after_ms=20)
    assert last_name(spoken) == "again_soon"


def test_a_round_trip_that_is_not_known_lets_no_probe_be_named() -> None:
    """The handshake is not in the capture."""
    spoken = Talk(identified=True)
    spoken.client("ACK", 1, 1, 100)
    spoken.client("PSH ACK", 101, 1, 100)
    assert again_after(20, spoken) == "again_soon"


def test_a_handshake_with_repetitions_tells_no_round_trip() -> None:
    """Nobody knows which SYN is answered (Karn's algorithm), so a time-out may be shorter than it took."""
    spoken = Talk(identified=True)
    spoken.client("SYN", 0, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS, after_ms=1000)
    spoken.client("ACK", 1, 1)
    spoken.client("PSH ACK", 101, 1, 100)
    assert again_after(600, spoken) == "again"


def test_what_acks_report_as_missing_needs_no_timer() -> None:
    """A second gap is filled while duplicate ACKs still come, though the first copy was sent a time-out ago."""
    spoken = opened(300)
    spoken.client("PSH ACK", 201, 1, 100)
    for _ in range(4):
        spoken.server("ACK", 1, 1, after_ms=75)
    assert again_after(0.1, spoken) == "again_told"


def test_a_silence_after_duplicate_acks_is_a_time_out() -> None:
    """They would have made it send again at once."""
    spoken = opened(2)
    for _ in range(2):
        spoken.server("ACK", 1, 1)
    assert again_after(300, spoken) == "again"


def test_data_that_a_syn_carried_in_vain_is_sent_again_for_that() -> None:
    """The server does not take it without a cookie (RFC 7413)."""
    spoken = Talk(identified=True)
    spoken.client("SYN", 0, length=5, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    spoken.client("PSH ACK", 1, 1, 5)
    assert last_name(spoken) == "again_of_syn"


@pytest.mark.parametrize(
    ("wait_ms", "name"), [(0.02, "again_spurious_soon"), (20, "again_spurious"), (300, "again_spurious")]
)
def test_a_needless_repetition_is_blamed_on_its_ack_only_where_a_timer_can_have_run_out(
    wait_ms: float, name: str
) -> None:
    """Its ACK was late, or lost."""
    spoken = opened(2)
    spoken.server("ACK", 1, 201, after_ms=0.01)
    assert again_after(wait_ms, spoken) == name


def test_what_is_acknowledged_before_it_is_captured_may_be_no_repetition() -> None:
    """A capture on several CPUs may have its packets in another order."""
    spoken = opened(2)
    spoken.server("ACK", 1, 301)
    spoken.client("PSH ACK", 201, 1, 100, after_ms=0.02)
    assert last_name(spoken) == "again_spurious_unseen"


@pytest.mark.parametrize(("wait_ms", "name"), [(0.02, "keepalive_early"), (1000, "keepalive")])
def test_a_keepalive_probe_is_one_only_after_a_while(wait_ms: float, name: str) -> None:
    """One number back may also be an ACK that was captured late."""
    spoken = opened(2)
    spoken.server("ACK", 1, 201)
    spoken.client("FIN ACK", 201, 1)
    spoken.client("ACK", 201, 1, after_ms=wait_ms)
    assert last_name(spoken) == name


@pytest.mark.parametrize(
    ("waits_ms", "name"),
    [
        ((0.02,), "zero_window_probe_early"),
        ((210,), "zero_window_probe"),
        ((210, 1), "zero_window_probe_early"),
        ((210, 420), "zero_window_probe"),
    ],
)
def test_a_closed_window_is_probed_only_when_a_timer_can_have_run_out(waits_ms: list[float], name: str) -> None:
    """Counted from the segment that closed it, or from the probe before."""
    spoken = opened(2)
    spoken.server("ACK", 1, 201, window=0)
    for wait_ms in waits_ms:
        spoken.client("ACK", 200, 1, after_ms=wait_ms)
        spoken.server("ACK", 1, 201, window=0, after_ms=0)
    spoken.packets.pop()
    assert last_name(spoken) == name


@pytest.mark.parametrize(
    ("ack", "wait_ms", "name"),
    [
        (2, 400, "fin_with_ack"),
        (2, 600, "fin_with_ack_late"),
        (1, 1, "fin_simultaneous"),
        (1, 5000, "fin_simultaneous_late"),
    ],
)
def test_a_second_fin_answers_or_crosses_the_first_only_soon_after_it(ack: int, wait_ms: float, name: str) -> None:
    """An ACK is held back for half a second at most (RFC 1122), and nothing is under way for seconds."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1)
    spoken.server("FIN ACK", 1, ack, after_ms=wait_ms)
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
