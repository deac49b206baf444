"""Which sentence explains which segment."""

from dataclasses import replace

import pytest

from services.scope.calls.landmarks import Landmarks
from services.scope.explain.segments import Segments
from services.scope.model import Conversation, State
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, followed


def names(conversation: Conversation) -> list[str]:
    """Return the names of the first case of each segment."""
    segments = Segments(conversation, Landmarks(conversation))
    return [segments.cases(index)[0].name for index in range(len(conversation.segments))]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a_segment_is_sent_again_after_a_time_out", "again"),
        ("a_syn_is_sent_again", "syn_again"),
        ("a_segment_is_sent_again_after_duplicate_acks", "again_fast"),
        ("a_segment_is_sent_again_after_its_ack", "again_spurious"),
        ("an_ack_is_repeated", "duplicate_ack"),
        ("a_keepalive_probe", "keepalive"),
        ("a_keepalive_probe_is_answered", "keepalive_ack"),
        ("a_window_closes", "zero_window"),
        ("linux_probes_a_closed_window", "zero_window_probe"),
        ("a_byte_that_probes_is_refused", "zero_window_probe_ack"),
        ("a_window_opens", "window_update"),
        ("data_ride_on_the_syn", "syn_data"),
        ("a_fin_carries_the_ack", "fin_with_ack"),
        ("both_close_at_once", "fin_simultaneous"),
        ("nobody_listens", "rst_refused"),
        ("data_arrive_after_close", "rst_after_close"),
        ("a_close_leaves_data_unread", "rst_unread"),
        ("a_connection_is_aborted", "rst_aborted"),
        ("the_server_knows_of_no_connection", "rst_no_connection"),
    ],
)
def test_what_happened_is_explained(name: str, expected: str) -> None:
    """By its notes and flags."""
    (conversation,) = followed(talk(name))
    assert names(conversation)[-1] == expected


def test_a_session_is_explained_from_its_handshake_to_its_end() -> None:
    """accept() sleeps in it while the handshake goes on."""
    assert names(joined(session(), session_calls())) == [
        "syn_of_connect",
        "syn_ack_asleep",
        "third_ack_wakes",
        "data_of_send",
        "ack",
        "data_of_send",
        "ack",
        "fin_of_call",
        "fin_with_ack",
        "ack_fin_time_wait",
    ]


def test_accept_may_not_have_been_called_yet() -> None:
    """The kernel completes the handshake without it."""
    calls = [
        replace(made, t0_ns=made.t1_ns - 1000, t1_ns=made.t1_ns) if made.call == "accept" else made
        for made in session_calls()
    ]
    assert names(joined(session(), calls))[1:3] == ["syn_ack_early", "third_ack"]


def test_an_ack_that_the_server_did_not_take_is_not_explained_as_taken() -> None:
    """Its own kernel says that it still is in SYN-RECEIVED."""
    spoken = Talk()
    spoken.handshake()
    conversation = joined(spoken, [])
    conversation.segments[2].server_state = State.SYN_RECEIVED
    assert names(conversation)[2] == "third_ack_dropped"


def test_a_teardown_in_four_segments() -> None:
    """Each FIN has its own ACK, and whoever closed first stays in TIME-WAIT."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1)
    spoken.server("ACK", 1, 2)
    spoken.server("FIN ACK", 1, 2, after_ms=100)
    spoken.client("ACK", 2, 2)
    (conversation,) = followed(spoken)
    assert names(conversation)[3:] == ["fin", "ack_fin", "fin_second", "ack_fin_time_wait"]


def test_the_kernel_closes_for_a_process_that_has_ended() -> None:
    """All of its calls are known, and none of them closes."""
    calls = [made for made in session_calls() if (made.service, made.call) != ("client", "shutdown")]
    calls = [made for made in calls if (made.service, made.call) != ("client", "close")]
    assert names(joined(session(), calls))[7] == "fin_of_kernel"


def test_a_repetition_before_the_least_time_out_is_no_time_out() -> None:
    """Linux's is 200 ms; before it, a tail loss probe."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 100)
    spoken.client("PSH ACK", 101, 1, 100)
    spoken.client("PSH ACK", 101, 1, 100, after_ms=20)
    assert names(joined(spoken, []))[-1] == "again_early"


def test_a_corrected_state_is_explained() -> None:
    """The kernel said it, right after a call."""
    spoken = Talk()
    spoken.handshake()
    conversation = joined(spoken, [call("server", "accept", 90, 100, state="CLOSE-WAIT")])
    cases = Segments(conversation, Landmarks(conversation)).cases(2)
    assert cases[-1] == ("revised", {"side": "server", "state": "CLOSE-WAIT"})


def test_data_may_acknowledge_a_fin() -> None:
    """A half-close: the echo still flows after it."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("FIN ACK", 1, 1)
    spoken.server("PSH ACK", 1, 2, 5)
    (conversation,) = followed(spoken)
    assert [case.name for case in Segments(conversation, Landmarks(conversation)).cases(4)] == [
        "data",
        "numbers",
        "fin_acked",
    ]


def test_without_the_syn_no_offset_is_named() -> None:
    """The first byte captured is some byte of the stream."""
    spoken = Talk()
    spoken.client("PSH ACK", 500, 1, 5)
    (conversation,) = followed(spoken)
    assert [case.name for case in Segments(conversation, Landmarks(conversation)).cases(0)] == ["data_unplaced"]


def test_an_rst_that_is_dropped_is_explained_as_dropped() -> None:
    """It does not acknowledge the SYN."""
    (conversation,) = followed(talk("an_rst_does_not_acknowledge_the_syn"))
    assert names(conversation)[-1] == "rst_not_taken"


@pytest.mark.parametrize("old", [-300, 5000])
def test_what_is_of_an_earlier_connection_is_explained_as_that(old: int) -> None:
    """It acknowledges nothing of this one, and its refusal is no end (RFC 9293 3.5.1, figure 9)."""
    spoken = Talk()
    spoken.client("SYN", 0)
    spoken.server("ACK", 70_000, old)
    spoken.client("RST", old)
    (conversation,) = followed(spoken)
    assert names(conversation)[1:] == ["ack_of_before", "rst_of_syn_sent"]


def test_both_may_ask_at_once() -> None:
    """A simultaneous open: each SYN,ACK is a SYN sent again, now with an ACK (RFC 9293 3.5)."""
    spoken = Talk()
    spoken.client("SYN", 0)
    spoken.server("SYN", 0)
    spoken.client("SYN ACK", 0, 1)
    spoken.server("SYN ACK", 0, 1)
    (conversation,) = followed(spoken)
    assert names(conversation) == ["syn", "syn_crossed", "syn_ack_crossed", "syn_ack_crossed"]


def test_a_refusal_before_another_attempt_fails_no_call_yet() -> None:
    """Some systems try three times."""
    spoken = Talk()
    for _ in range(2):
        spoken.client("SYN", 0, after_ms=500)
        spoken.server("RST ACK", 0, 1)
    (conversation,) = followed(spoken)
    assert [name for name in names(conversation) if "refused" in name] == [
        "rst_refused_once",
        "syn_again_refused",
        "rst_refused",
    ]


def test_a_second_fin_follows_an_ack_only_where_there_was_one() -> None:
    """Here the first FIN, which it answers, was captured last."""
    spoken = Talk()
    spoken.handshake()
    spoken.server("FIN ACK", 1, 2)
    spoken.client("FIN ACK", 1, 1)
    (conversation,) = followed(spoken)
    assert names(conversation)[-1] == "fin"


def test_the_end_of_a_process_lost_bytes_only_where_some_had_come() -> None:
    """With SO_LINGER 0 it sends RST all the same."""
    spoken = Talk()
    spoken.handshake()
    spoken.server("RST ACK", 1, 1)
    end = replace(call("server", "close", 3.9, 4.1, state=None), syscall="exit")
    assert names(joined(spoken, [call("server", "accept", 0, 3.1), end]))[-1] == "rst_aborted"
