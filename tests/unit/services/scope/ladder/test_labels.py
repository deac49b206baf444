"""The short texts of a ladder."""

from dataclasses import replace

import pytest

from services.scope.ladder.folding import Fold, fold
from services.scope.ladder.labels import details, flags, numbers, result, summary
from services.scope.ladder.rows import rows
from services.scope.model import JoinedCall, Note
from services.scope.notes import NoteKind
from services.scope.tunnels import Tunnel, TunnelKind
from services.scope.words.words import Words
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import lossy, quiet
from tests.unit.services.scope.harness.saying import labels
from tests.unit.services.scope.harness.wire import Talk, followed
from tests.unit.services.scope.ladder.test_folding import transfer


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
    assert result(JoinedCall(call("client", name, 0, 1, moved, errno=errno), "client")) == text


def test_a_segment_is_labelled_by_its_flags_and_relative_numbers() -> None:
    """In the order in which they matter."""
    conversation = joined(session(), [])
    syn, *_, data = conversation.segments[:4]
    assert (flags(syn), numbers(syn)) == ("SYN", ["seq=0"])
    assert details(syn) == ["win=64240", "mss=1460", "wscale=7"]
    assert numbers(data) == ["seq=1", "ack=1", "len=5"]


def test_segments_elsewhere_are_told_by_their_frames() -> None:
    """Whether they were caused, or waited for."""
    conversation = joined(session(), session_calls())
    connect = next(one for one in conversation.calls if one.call.call == "connect")
    assert labels(conversation).frames(connect, [0, 1]) == "▸#1 ◂#2"


def test_a_fold_says_how_much_it_leaves_out() -> None:
    """Segments, bytes each way, and the time that they took."""
    conversation = joined(transfer(100), [])
    (found,) = (item for item in fold(rows(conversation), conversation) if isinstance(item, Fold))
    count = len(found.segments)
    assert (
        labels(conversation).folded(found).startswith(f"… {count} segments, {count * 50:,} bytes client → server in ")
    )


def test_the_receivers_state_is_in_doubt_where_it_is_a_guess() -> None:
    """The sender of a SYN is in SYN-SENT for sure; whether the server listens is not known yet."""
    conversation = joined(session(), [])
    syn = conversation.segments[0]
    assert [labels(conversation).state(syn, "client"), labels(conversation).state(syn, "server")] == [
        "SYN-SENT",
        "LISTEN?",
    ]


def test_a_summary_is_one_line() -> None:
    """How it ended, and how much there was."""
    assert summary(joined(session(), session_calls()), Words("en")) == "closed · 10 segments · 14 calls · 9000.0 us"


def test_a_summary_names_the_tunnels() -> None:
    """Once, and in each language: from the innermost outwards, as one says it."""
    conversation = joined(session(), session_calls())
    conversation.tunnels = (Tunnel(TunnelKind.GRE), Tunnel(TunnelKind.VXLAN, 42))
    assert summary(conversation, Words("en")).endswith(" · 9000.0 us · inside VXLAN 42, GRE")
    conversation.tunnels = (Tunnel(TunnelKind.VXLAN, 42),)
    assert summary(conversation, Words("zh")).endswith(" · 9000.0 us · 在 VXLAN 42 隧道内")


def test_a_conversation_can_have_numbers_of_its_own() -> None:
    """A live ladder's first segment is #1, whatever the capture held before; what a note names counts the same way."""
    other, spoken = Talk(40_001), Talk()
    other.handshake()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 100)
    spoken.client("PSH ACK", 1, 1, 100, after_ms=210)
    conversation = followed(other, spoken)[1]
    again = conversation.segments[-1]
    of_capture, own = labels(conversation), labels(conversation, own_numbers=True)
    assert (of_capture.frame(again), of_capture.note(again.notes[0])) == ("#8", "retransmission of #7")
    assert (own.frame(again), own.note(again.notes[0])) == ("#5", "retransmission of #4")


def test_a_segment_that_was_not_kept_is_not_named() -> None:
    """Its own number in the conversation is not known any more."""
    conversation = joined(session(), [])
    assert labels(conversation, own_numbers=True).note(Note(NoteKind.RETRANSMISSION, 77)) == "retransmission"


def test_what_only_counts_is_no_number_of_a_segment() -> None:
    """The second duplicate is the second, however the segments are counted."""
    conversation = joined(session(), [])
    assert labels(conversation, own_numbers=True).note(Note(NoteKind.DUPLICATE_ACK, 2)) == "duplicate ACK #2"


def test_a_ladder_is_labelled_in_chinese() -> None:
    """Its summary, its folds, its calls."""
    conversation = joined(transfer(100), [call("client", "send", 3.5, 4, (0, 100))])
    chinese = labels(conversation, "zh")
    (found,) = (item for item in fold(rows(conversation), conversation) if isinstance(item, Fold))
    assert chinese.summary() == "未关闭 · 203 个报文段 · 1 次调用 · 202.00 ms"
    assert "客户端 → 服务器" in chinese.folded(found)
    assert chinese.took(conversation.calls[0].call) == "用时 500.0 us"


def test_a_duration_that_nobody_measured_is_not_shown() -> None:
    """Strace without -T tells when a call began, and no more."""
    made = call("client", "send", 1, 1)
    assert labels(joined(session(), [])).took(replace(made, slack_ns=5)) == ""


def test_of_several_captures_segments_have_the_conversations_numbers() -> None:
    """Each capture has numbers of its own."""
    conversation = lossy()
    for segment in conversation.segments:
        segment.frame += 90
    again = conversation.segments[5]
    again.notes = [Note(NoteKind.RETRANSMISSION, conversation.segments[3].frame)]
    found = labels(conversation)
    assert (found.frame(again), found.note(again.notes[0])) == ("#6", "retransmission of #4")


def test_a_summary_names_the_points() -> None:
    """From the client to the server."""
    assert summary(quiet(), Words("en")).endswith("captured at laptop → rack")
    assert "captured" not in summary(joined(session(), []), Words("en"))


def test_a_segment_says_how_long_it_took_and_where_it_was_lost() -> None:
    """Nothing where neither is known."""
    sent, lost = lossy().segments[2:4]
    found = labels(lossy())
    assert (found.delay(sent), found.lost(sent), found.comes(sent)) == ("392 to 408 us", "", "after 392 to 408 us")
    assert (found.delay(lost), found.lost(lost)) == ("", "✗ lost between laptop and rack")
    alone = joined(session(), [])
    assert (labels(alone).delay(alone.segments[0]), labels(alone).comes(alone.segments[0])) == ("", "arrives")
