"""The order of a ladder's rows."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.scope.ladder.rows import begin_ns, rows
from services.scope.model import Conversation
from tests.unit.harness.growth import grows_linearly
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import crossing, lossy, quiet, seen_at_both
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, START_NS, Talk


def told(conversation: Conversation) -> list[str]:
    """Return each row in a word or two."""
    return [
        f"{row.kind} {conversation.calls[row.of].side} {conversation.calls[row.of].call.call}"
        if not row.is_segment
        else f"#{conversation.segments[row.of].frame}"
        for row in rows(conversation)
    ]


def test_a_call_spans_the_segments_between_its_entry_and_its_return() -> None:
    """accept() is entered before the handshake, and returns after it."""
    found = told(joined(session(), session_calls()))
    places = [found.index(row) for row in ("enter server accept", "#1", "#3", "return server accept")]
    assert places == sorted(places)


def test_a_call_during_which_nothing_happens_is_one_row() -> None:
    """Its entry and return are side by side: close() between the server's FIN and the last ACK."""
    assert told(joined(session(), session_calls()))[-2:] == ["call client close", "#10"]


def test_a_cause_comes_before_its_effect_whatever_the_clock_says() -> None:
    """The client's clock is half a second fast: its connect() still spans its SYN and the SYN,ACK."""
    calls = [
        replace(made, t0_ns=made.t0_ns + 500 * MILLISECOND_NS, t1_ns=made.t1_ns + 500 * MILLISECOND_NS)
        if made.service == "client"
        else made
        for made in session_calls()
    ]
    conversation = joined(session(), calls)
    found = told(conversation)
    assert found.index("enter client connect") < found.index("#1") < found.index("#2")
    assert found.index("#2") < found.index("return client connect") < found.index("enter client send")
    assert conversation.ahead_ns["client"] // MILLISECOND_NS in range(490, 510)
    assert conversation.ahead_ns["server"] == 0


def test_records_that_contradict_each_other_are_all_shown() -> None:
    """A recv() that returned before its bytes came: the circle is broken at its earliest row."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("PSH ACK", 1, 6, 5)
    calls = [call("client", "recv", 0, 0.1, (0, 5)), call("client", "send", 0.2, 0.3, (0, 5))]
    conversation = joined(spoken, calls)
    assert len(told(conversation)) >= len(conversation.segments) + len(conversation.calls)


def contradicting(rounds: int) -> Callable[[], object]:
    """Return what orders a conversation of so many circles: each answer was received before its question was sent."""
    spoken = Talk()
    spoken.handshake()
    calls = []
    for nth in range(rounds):
        at_ms, begin = 2 * nth, 5 * nth
        spoken.client("PSH ACK", 1 + begin, 1 + begin, 5)
        spoken.server("PSH ACK", 1 + begin, 6 + begin, 5)
        calls.append(call("client", "recv", 3.1 + at_ms, 3.2 + at_ms, (begin, 5)))
        calls.append(call("client", "send", 3.3 + at_ms, 3.4 + at_ms, (begin, 5)))
    conversation = joined(spoken, calls)
    return lambda: rows(conversation)


def test_records_that_contradict_each_other_are_ordered_with_work_in_proportion() -> None:
    """No circle is searched for among all rows."""
    assert grows_linearly(contradicting, 50)


def test_time_counts_from_connect() -> None:
    """Not from listen(), which may have been days ago."""
    assert begin_ns(joined(session(), session_calls())) == START_NS + int(0.9 * MILLISECOND_NS)


def test_without_calls_time_counts_from_the_first_segment() -> None:
    """There is nothing earlier."""
    assert begin_ns(joined(session(), [])) == START_NS + MILLISECOND_NS


@pytest.mark.parametrize(("slack_ms", "returned_ms"), [(0, None), (0.4, None), (2, 8)])
def test_a_traced_calls_bar_reaches_to_its_segments(slack_ms: float, returned_ms: float | None) -> None:
    """As far as it may have: the FIN left at 8 ms."""
    early = replace(call("client", "close", 7.4, 7.5), slack_ns=int(slack_ms * MILLISECOND_NS))
    returned = [row.t_ns - START_NS for row in rows(joined(session(), [early])) if row.kind == "return"]
    assert returned == ([] if returned_ms is None else [returned_ms * MILLISECOND_NS])


def test_a_copy_has_no_row() -> None:
    """It was captured twice, and sent once; calls keep their segments."""
    spoken = session()
    t_ns, packet = spoken.packets[0]
    spoken.packets.insert(1, (t_ns + 1000, packet))
    found = told(joined(spoken, session_calls()))
    assert "#2" not in found
    assert found.index("enter client connect") < found.index("#1") < found.index("#3")
    assert found.index("#3") < found.index("return client connect")


def test_a_segment_that_was_seen_at_both_ends_is_one_row_where_nothing_is_between() -> None:
    """Else it has two: one where it leaves, one where it arrives, each at its time."""
    assert {row.kind for row in rows(quiet())} == {"segment"}
    found = rows(crossing())
    kinds = [row.kind for row in found]
    assert (kinds.count("segment"), kinds.count("departure"), kinds.count("arrival")) == (5, 3, 3)
    times_ns = [row.t_ns for row in found]
    assert times_ns == sorted(times_ns)


def test_what_was_lost_has_one_row_and_what_was_dropped_leaves_and_arrives() -> None:
    """The one never came; the other did, and no further."""
    assert [row.of for row in rows(lossy())] == list(range(8))
    assert {row.kind for row in rows(lossy())} == {"segment"}


def test_a_call_comes_before_what_it_sent_has_left_its_own_host() -> None:
    """And after what it received has arrived there: each by its own host's point, not by the other's."""
    calls = [
        call("client", "connect", 0.5, 2.5),
        call("client", "send", 3.5, 3.7, (0, 5)),
        call("client", "recv", 3.9, 6.6, (0, 5)),
    ]
    conversation = seen_at_both(session(), calls)
    assert conversation.ahead_ns["client"] == 0
    assert all(check.holds for check in conversation.checks)
    found = told(conversation)
    assert found.index("enter client send") < found.index("#4") < found.index("return client send")
