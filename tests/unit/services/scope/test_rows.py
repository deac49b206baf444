"""The rows of a ladder: their order, and what is folded."""

from services.scope import notes
from services.scope.rows import CallRow, FoldRow, Row, SegmentRow, rows
from tests.unit.services.scope.joined import call, conversation, transfer
from tests.unit.services.scope.talks import TALKS, talk
from tests.unit.services.scope.wire import MILLISECOND_NS, Talk, followed


def shorthand(found: list[Row]) -> list[str]:
    """Return rows as "2" for a segment, "0(" and "0)" for the edges of a call, "3-5" for a fold."""
    texts = []
    for row in found:
        if isinstance(row, SegmentRow):
            texts.append(str(row.index))
        elif isinstance(row, CallRow):
            texts.append(f"{row.index}{'(' if row.edge == 'enter' else ')'}")
        else:
            texts.append(f"{row.first}-{row.last}")
    return texts


def test_each_segment_appears_once_and_in_order() -> None:
    """Shown or folded: the rows cover a conversation from its first segment to its last."""
    for spoken in (*(talk(name) for name in TALKS), transfer(40)):
        for found in followed(spoken):
            covered: list[int] = []
            for row in rows(found):
                if isinstance(row, FoldRow):
                    covered += range(row.first, row.last + 1)
                elif isinstance(row, SegmentRow):
                    covered.append(row.index)
            assert covered == list(range(len(found.segments)))


def test_a_call_stands_where_its_times_put_it() -> None:
    """Nothing but time orders a call that no segment belongs to."""
    spoken = Talk()
    spoken.handshake()
    found = conversation(spoken, call("server", "listen", (-5, -4)), call("client", "send", (1.5, 2.5)))
    assert shorthand(rows(found)) == ["0(", "0)", "0", "1(", "1", "1)", "2"]


def test_an_entry_stands_above_what_the_call_caused() -> None:
    """Even if the clock of its host says otherwise, and at the very same time."""
    spoken = Talk()
    spoken.handshake()
    assert shorthand(rows(conversation(spoken, call("client", "connect", (1, 2.5), [0, 1]))))[0] == "0("
    # A clock that gains during the call: no offset explains both of its ends.
    found = conversation(spoken, call("client", "connect", (1.5, 1.6), [0, 1]))
    assert shorthand(rows(found)) == ["0(", "0", "1", "0)", "2"]


def test_a_return_stands_below_what_the_call_waited_for() -> None:
    """accept() does not return before the segment that made its connection."""
    spoken = Talk()
    spoken.handshake()
    found = conversation(spoken, call("server", "accept", (0, 2.9), [2]), call("client", "send", (2.5, 2.7)))
    assert shorthand(rows(found)) == ["0(", "0", "1", "1(", "1)", "2", "0)"]


def test_a_short_run_is_not_folded() -> None:
    """Six plain segments are quicker read than explained away."""
    assert not any(isinstance(row, FoldRow) for row in rows(conversation(transfer(6))))


def test_a_long_run_keeps_its_ends() -> None:
    """Its first and last two segments, and between them what they stand for: how much, how long."""
    *shown, before, fold, after, last = rows(conversation(transfer(30)))
    assert shorthand([*shown[3:], before]) == ["3", "4"]
    assert shorthand([after, last]) == ["31", "32"]
    assert isinstance(fold, FoldRow)
    assert (fold.segments, fold.client_bytes, fold.server_bytes) == (26, 2600, 0)
    assert fold.duration_ns == 25 * MILLISECOND_NS


def test_a_fold_counts_the_calls_in_it() -> None:
    """Whole transfers are left out with their segments; calls at the ends of the run are not."""
    calls = [call("client", "send", (3.9 + n, 3.95 + n), [3 + n], bytes=100, offset=100 * n) for n in range(30)]
    found = rows(conversation(transfer(30), *calls))
    (fold,) = (row for row in found if isinstance(row, FoldRow))
    assert fold.calls == tuple(range(3, 28))
    assert {row.index for row in found if isinstance(row, CallRow)} == {0, 1, 2, 28, 29}


def test_a_call_that_ends_in_a_fold_cuts_it() -> None:
    """Its bar covers the segments that passed while it lasted, and no others."""
    found = conversation(transfer(30), call("client", "send", (3.9, 15.5), bytes=3000, offset=0))
    assert shorthand(rows(found))[3:] == ["0(", "3", "4", "5-14", "0)", "15-30", "31", "32"]


def test_a_call_that_failed_is_never_folded() -> None:
    """It is what one looks for."""
    found = conversation(transfer(30), call("client", "send", (12.1, 12.2), errno="EPIPE"))
    assert shorthand(rows(found))[5:9] == ["5-11", "0(", "0)", "12-30"]


def test_handshake_and_teardown_are_never_folded() -> None:
    """Nor is any segment after which a state is another one."""
    spoken = transfer(30)
    spoken.client("FIN ACK", 3001, 1)
    spoken.server("ACK", 1, 3002)
    spoken.server("FIN ACK", 1, 3002)
    spoken.client("ACK", 3002, 2)
    shown = shorthand(rows(conversation(spoken)))
    assert shown == ["0", "1", "2", "3", "4", "5-30", "31", "32", "33", "34", "35", "36"]


def test_a_segment_with_a_remark_is_never_folded() -> None:
    """A retransmission is seen however long the transfer is; how the kernel batches segments is no remark."""
    spoken = transfer(15)
    spoken.client("ACK", 1401, 1, 100, after_ms=210)
    spoken.server("ACK", 1, 1501)
    for number in range(15):
        spoken.client("PSH ACK", 1501 + 2000 * number, 1, 2000)
    found = conversation(spoken)
    visible = {row.index for row in rows(found) if isinstance(row, SegmentRow)}
    assert 18 in visible
    assert found.segments[18].notes == [notes.retransmission(notes.RETRANSMISSION, 18)]
    assert "25" not in shorthand(rows(found))
    assert found.segments[25].notes == [notes.gso(2)]


def test_calls_without_packets_are_in_order_of_time() -> None:
    """A conversation that was not captured has rows, too."""
    found = followed(transfer(0))[0]
    found.segments, found.calls = [], [call("client", "connect", (0, 2)), call("server", "accept", (1, 3))]
    assert shorthand(rows(found)) == ["0(", "1(", "0)", "1)"]
