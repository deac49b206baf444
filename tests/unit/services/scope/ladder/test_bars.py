"""Which calls are under way at a row."""

from services.scope.ladder.bars import bars, seen_elsewhere
from services.scope.ladder.folding import Item
from services.scope.ladder.rows import Row, rows
from services.scope.model import Conversation
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import seen_at_both


def items(conversation: Conversation) -> list[Item]:
    """Return its rows."""
    return list(rows(conversation))


def test_a_bar_touches_the_segments_of_its_call() -> None:
    """connect() caused the SYN and waited for the SYN,ACK."""
    conversation = joined(session(), session_calls())
    touched = [
        (conversation.calls[bar.call].call.call, item)
        for item, under_way in bars(items(conversation), conversation)
        for bar in under_way
        if bar.touches
    ]
    rows_of_segments = [row for row in rows(conversation) if row.kind == "segment"]
    assert [row for name, row in touched if name == "connect"] == rows_of_segments[:2]


def test_calls_at_the_same_time_are_side_by_side() -> None:
    """Two threads in recv(): a lane for each, which is free again afterwards."""
    calls = [call("client", "recv", 0, 5), call("client", "recv", 0.5, 4), call("client", "recv", 4.5, 7)]
    conversation = joined(session(), calls)
    lanes = {bar.call: bar.lane for _, under_way in bars(items(conversation), conversation) for bar in under_way}
    assert sorted(lanes.values()) == [0, 1, 1]


def test_what_came_before_a_call_is_elsewhere() -> None:
    """The bytes that recv() takes were there before it was called."""
    conversation = joined(session(), [call("server", "recv", 4.4, 4.6, (0, 5))])
    assert seen_elsewhere(items(conversation), conversation) == {0: [3]}


def test_a_segment_touches_a_bar_where_it_is_at_that_end() -> None:
    """The sender's where it leaves, the receiver's where it arrives."""
    calls = [call("client", "send", 2.4, 3.1, (0, 5)), call("server", "recv", 2, 4.2, (0, 5))]
    conversation = seen_at_both(session(), calls, one_way_ns=1_500_000)
    touched = {
        (item.kind, bar.side)
        for item, under_way in bars(rows(conversation), conversation)
        for bar in under_way
        if bar.touches and isinstance(item, Row)
    }
    assert touched == {("departure", "client"), ("arrival", "server")}
