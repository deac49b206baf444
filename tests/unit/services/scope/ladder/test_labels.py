"""The short texts of a ladder."""

import pytest

from services.scope.ladder import labels
from services.scope.ladder.folding import Fold, fold
from services.scope.ladder.rows import rows
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.ladder.test_folding import transfer


@pytest.mark.parametrize(
    ("t_ns", "text"),
    [
        (0, "0.0 us"),
        (51_517, "51.5 us"),
        (-399_650_000, "-399.65 ms"),
        (10_000_000, "10.00 ms"),
        (61 * 10**9, "61.00 s"),
    ],
)
def test_a_time_has_the_unit_that_it_is_read_in(t_ns: int, text: str) -> None:
    """Microseconds on one host, seconds for time-outs."""
    assert labels.time(t_ns) == text


@pytest.mark.parametrize(
    ("name", "moved", "errno", "text"),
    [
        ("send", (0, 5), None, "= 5"),
        ("recv", (5, 0), None, "= 0"),
        ("accept", None, None, "= 7"),
        ("listen", None, None, "= 0"),
        ("connect", None, "ECONNREFUSED", "= -1 ECONNREFUSED"),
    ],
)
def test_a_result_is_what_c_has(name: str, moved: tuple[int, int] | None, errno: str | None, text: str) -> None:
    """A count, a descriptor, 0, or -1 and why."""
    assert labels.result(call("client", name, 0, 1, moved, errno=errno)) == text


def test_a_segment_is_labelled_by_its_flags_and_relative_numbers() -> None:
    """In the order in which they matter."""
    conversation = joined(session(), [])
    syn, *_, data = conversation.segments[:4]
    assert (labels.flags(syn), labels.numbers(syn)) == ("SYN", ["seq=0"])
    assert labels.details(syn) == ["win=64240", "mss=1460", "wscale=7"]
    assert labels.numbers(data) == ["seq=1", "ack=1", "len=5"]


def test_segments_elsewhere_are_told_by_their_frames() -> None:
    """Whether they were caused, or waited for."""
    conversation = joined(session(), session_calls())
    connect = next(one for one in conversation.calls if one.call.call == "connect")
    assert labels.frames(conversation, connect, [0, 1]) == "▸#1 ◂#2"


def test_a_fold_says_how_much_it_leaves_out() -> None:
    """Segments, bytes each way, and the time that they took."""
    conversation = joined(transfer(100), [])
    (found,) = (item for item in fold(rows(conversation), conversation) if isinstance(item, Fold))
    count = len(found.segments)
    assert labels.folded(found).startswith(f"… {count} segments, {count * 50:,} bytes client → server in ")


def test_the_receivers_state_is_in_doubt_where_it_is_a_guess() -> None:
    """The sender of a SYN is in SYN-SENT for sure; whether the server listens is not known yet."""
    conversation = joined(session(), [])
    syn = conversation.segments[0]
    assert [labels.doubt(conversation, syn, "client"), labels.doubt(conversation, syn, "server")] == ["", "?"]


def test_a_summary_is_one_line() -> None:
    """How it ended, and how much there was."""
    assert labels.summary(joined(session(), session_calls())) == "closed · 10 segments · 14 calls · 9000.0 us"
