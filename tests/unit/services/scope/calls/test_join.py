"""Which segments belong to which call."""

from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scope.calls.assemble import Assembler
from services.scope.model import Note
from services.scope.notes import NoteKind
from services.scope.rules import RuleCheck
from services.scope.tcp.follow import Follower
from tests.unit.services.scope.harness.calls import call, joined, listener, of, session, session_calls
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, capture, decoded

BYTES = 40


def test_each_call_of_a_session_has_its_segments() -> None:
    """What is left belongs to nobody: the kernels' ACKs."""
    conversation = joined(session(), session_calls())
    assert [(one.side, one.call.call, one.segments) for one in conversation.calls] == [
        ("server", "bind", []),
        ("server", "listen", []),
        ("server", "accept", [2]),
        ("client", "socket", []),
        ("client", "connect", [0, 1]),
        ("server", "recv", [3]),
        ("client", "send", [3]),
        ("client", "recv", [5]),
        ("server", "send", [5]),
        ("client", "shutdown", [7]),
        ("server", "recv", [7]),
        ("server", "close", [8]),
        ("client", "recv", [8]),
        ("client", "close", []),
    ]


def test_a_connect_has_every_syn_that_it_sent() -> None:
    """The kernel sends them again, for a call that still waits."""
    spoken = talk("a_syn_is_sent_again")
    spoken.server("SYN ACK", 0, 1)
    conversation = joined(spoken, [call("client", "connect", 0, 2000)])
    assert of(conversation, "client", "connect")[0].segments == [0, 1, 2]


def test_a_refused_connect_waits_for_the_rst() -> None:
    """Its socket has forgotten its address, and nobody listens any more."""
    refused = call(
        "client", "connect", 0, 3, errno="ECONNREFUSED", state="CLOSED", names=("0.0.0.0:40000", "10.0.0.2:5000")
    )
    conversation = joined(talk("nobody_listens"), [*listener(), refused])
    assert [(one.call.call, one.segments) for one in conversation.calls] == [("connect", [0, 1])]


def test_a_connect_that_gave_up_did_not_wait_for_what_came_later() -> None:
    """A SYN,ACK after its time-out is nobody's."""
    spoken = Talk()
    spoken.client("SYN", 0)
    spoken.server("SYN ACK", 0, 1, after_ms=5000)
    conversation = joined(spoken, [call("client", "connect", 0, 4000, errno="ETIMEDOUT", state="SYN-SENT")])
    assert of(conversation, "client", "connect")[0].segments == [0]


def test_a_close_that_aborts_has_its_rst() -> None:
    """With data unread, and no FIN."""
    spoken = talk("a_close_leaves_data_unread")
    conversation = joined(spoken, [call("server", "accept", 0, 4), call("server", "close", 5.5, 6.5, state=None)])
    assert of(conversation, "server", "close")[0].segments == [5]


def test_an_rst_that_answers_a_segment_is_no_calls() -> None:
    """The kernel sends it for a socket that is gone."""
    spoken = talk("data_arrive_after_close")
    conversation = joined(spoken, [call("server", "close", 3.5, 4.5, state=None)])
    assert of(conversation, "server", "close")[0].segments == [3]


@pytest.mark.parametrize("errno", ["ECONNRESET", "EPIPE"])
def test_a_call_on_a_reset_connection_waited_for_the_rst(errno: str) -> None:
    """Whichever of the two names the kernel has for it."""
    spoken = talk("a_close_leaves_data_unread")
    conversation = joined(spoken, [call("client", "recv", 4, 8, errno=errno, state="CLOSED")])
    assert of(conversation, "client", "recv")[0].segments == [5]


def test_data_on_the_syn_are_the_first_sends() -> None:
    """TCP Fast Open: the SYN counts as 0, and yet carries byte 0."""
    conversation = joined(talk("data_ride_on_the_syn"), [call("client", "send", 0, 2, (0, 5), state="SYN-SENT")])
    assert of(conversation, "client", "send")[0].segments == [0]


def test_without_the_handshake_bytes_have_no_numbers() -> None:
    """The FIN is found all the same."""
    spoken = Talk()
    spoken.client("PSH ACK", 500, 1, 5)
    spoken.client("FIN ACK", 505, 1)
    calls = [call("client", "send", 0, 2, (0, 5)), call("client", "close", 1.5, 2.5, state=None)]
    conversation = joined(spoken, calls)
    assert [one.segments for one in conversation.calls] == [[], [1]]
    assert conversation.notes[-1] == Note(NoteKind.OFFSETS_UNKNOWN)


def test_indexes_are_right_where_the_middle_was_left_out() -> None:
    """And what repeats a segment that is not kept is not taken for it."""
    spoken = Talk()
    spoken.handshake()
    for seq in range(1, 101):
        spoken.client("ACK", seq, 1, 1)
    spoken.client("ACK", 50, 1, 1, after_ms=300)
    follower = Follower(max_segments=40)
    for packet in decoded(capture(spoken.packets)):
        follower.feed(packet)
    (conversation,) = follower.drain()
    Assembler([call("client", "send", at + 3, at + 4, (at, 1)) for at in range(100)]).complete(conversation)
    of_sends = [one.segments for one in of(conversation, "client", "send")]
    first = {segment.seq - 1: at for at, segment in reversed(list(enumerate(conversation.segments))) if segment.length}
    del first[49]
    assert of_sends == [[first[at]] if at in first else [] for at in range(100)]


class Sent(NamedTuple):
    """Bytes [start, end) of the stream; or with no `end`, an ACK for all up to `start`."""

    start: int
    end: int | None = None


def transmissions() -> st.SearchStrategy[list[Sent]]:
    """Return whatever may be sent: in any order, cut and joined in any way, again and again; at the end, all."""
    byte = st.integers(0, BYTES)
    data = st.tuples(byte, byte).map(sorted).filter(lambda cut: cut[0] < cut[1]).map(lambda cut: Sent(*cut))
    return st.lists(data | byte.map(Sent), max_size=20).map(lambda sent: [*sent, Sent(0, BYTES), Sent(BYTES)])


def cuts() -> st.SearchStrategy[list[tuple[int, int]]]:
    """Return the stream as calls may cut it: offset and bytes."""
    return st.sets(st.integers(1, BYTES - 1)).map(
        lambda ends: [
            (start, end - start) for start, end in zip([0, *sorted(ends)], [*sorted(ends), BYTES], strict=True)
        ]
    )


@settings(max_examples=300)
@given(sent=transmissions(), sends=cuts(), recvs=cuts())
def test_each_bytes_segment_is_found_by_exactly_the_calls_that_moved_it(
    sent: list[Sent], sends: list[tuple[int, int]], recvs: list[tuple[int, int]]
) -> None:
    """Sent first by the first segment with it; delivered by the last before its ACK."""
    spoken = Talk()
    spoken.handshake()
    first: dict[int, int] = {}
    delivered: dict[int, int] = {}
    acknowledged = 0
    for index, (start, end) in enumerate(sent, 3):
        if end is None:
            spoken.server("ACK", 1, 1 + start)
            acknowledged = max(acknowledged, start)
            continue
        spoken.client("PSH ACK", 1 + start, 1, end - start)
        for byte in range(start, end):
            first.setdefault(byte, index)
            if byte >= acknowledged:
                delivered[byte] = index
    delivered |= {byte: -1 for byte in range(BYTES) if byte not in delivered}
    calls = [call("client", "send", 3 + at / 100, 5, moved) for at, moved in enumerate(sends)]
    calls += [call("server", "recv", 3 + at / 100, 5, moved) for at, moved in enumerate(recvs)]
    conversation = joined(spoken, calls)
    for name, side, found in (("send", "client", first), ("recv", "server", delivered)):
        for one in of(conversation, side, name):
            moved = range(one.call.offset or 0, (one.call.offset or 0) + (one.call.bytes or 0))
            assert one.segments == sorted({found[byte] for byte in moved} - {-1})


def test_what_a_listener_does_later_is_of_other_conversations() -> None:
    """Its close() is shown only where the conversation was still there."""
    made = [*listener(), call("server", "close", 7, 8, state=None, names=("0.0.0.0:5000", None))]
    assert len(joined(session(), made).calls) == 3
    assert len(joined(talk("nobody_listens"), made).calls) == 0
    assert len(joined(talk("a_connection_is_aborted"), made).calls) == 2


@pytest.mark.parametrize(("how", "caused"), [("SHUT_RD", []), ("SHUT_WR", [7]), ("SHUT_RDWR", [7]), (None, [7])])
def test_only_what_ends_sending_sends_a_fin(how: str | None, caused: list[int]) -> None:
    """SHUT_RD tells the peer nothing: the FIN is the close's. Our own services, which do not say how, mean SHUT_WR."""
    made = call("client", "shutdown", 7.5, 7.6)
    made = made if how is None else replace(made, syscall=f"shutdown({how})")
    conversation = joined(session(), [call("client", "connect", 0.9, 2.1), made, call("client", "close", 7.9, 8.1)])
    assert [of(conversation, "client", name)[0].segments for name in ("shutdown", "close")] == (
        [caused, [] if caused else [7]]
    )


@pytest.mark.parametrize(("at_ms", "awaited"), [(7.5, []), (8.5, [7])])
def test_a_side_that_has_shut_down_receiving_waits_for_no_fin(at_ms: float, awaited: list[int]) -> None:
    """Its recv() returns 0 at once, or because another thread did that, unless the peer's FIN had come before."""
    deaf = replace(call("server", "shutdown", at_ms, at_ms), syscall="shutdown(SHUT_RD)")
    end = call("server", "recv", 7, 9.5, (5, 0))
    conversation = joined(session(), [call("server", "accept", 0, 3.1), end, deaf])
    assert of(conversation, "server", "recv")[0].segments == awaited
    assert all(check.holds for check in conversation.checks)


def test_a_copy_of_a_descriptor_is_a_call_of_the_connection() -> None:
    """With a number of its own; the FIN waits for the last close()."""
    copied, closed = (
        replace(call("client", *of_it, state=None), fd=8) for of_it in (("dup", 5, 5.1), ("close", 7.9, 8))
    )
    first = call("client", "close", 6.5, 6.6, state=None)
    conversation = joined(session(), [call("client", "connect", 0.9, 2.1), copied, first, closed])
    assert [(one.call.call, one.call.fd, one.segments) for one in conversation.calls[1:]] == [
        ("dup", 8, []),
        ("close", 7, []),
        ("close", 8, [7]),
    ]


def test_of_several_descriptors_the_last_to_be_closed_sends_the_fin() -> None:
    """Until then close() tells the peer nothing."""
    closes = [call("client", "close", at, at + 0.1, state=None) for at in (6.5, 7.9)]
    other = replace(closes[1], pid=101)
    conversation = joined(session(), [call("client", "connect", 0.9, 2.1), closes[0], other])
    assert [one.segments for one in of(conversation, "client", "close")] == [[], [7]]


@pytest.mark.parametrize(("begun_ms", "segments"), [(8.9, [8]), (9.5, [])])
def test_the_end_of_a_process_has_sent_no_fin_from_before_it(begun_ms: float, segments: list[int]) -> None:
    """A trace with a filter does not have the close() that did (strace -e trace=network)."""
    end = replace(call("server", "close", begun_ms, 10, state=None), syscall="exit")
    conversation = joined(session(), [call("server", "accept", 0, 3.1), end])
    assert of(conversation, "server", "close")[0].segments == segments
    assert all(check.holds for check in conversation.checks if isinstance(check, RuleCheck))
