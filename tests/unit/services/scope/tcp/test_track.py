"""One conversation: numbers, windows, outcome."""

import pytest

from services.scope.model import Note
from services.scope.notes import NoteKind
from services.scope.tcp.follow import Follower
from services.scope.words.words import flag_names
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.tunnels import TUNNELS
from tests.unit.services.scope.harness.wire import MSS, SCALE_7, Talk, capture, decoded, followed, segments


def test_numbers_are_relative_to_the_syn() -> None:
    """A SYN counts as 0, whatever the initial sequence numbers are, and they may wrap."""
    spoken = Talk(isn=(2**32 - 3, 2**32 - 1))
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("PSH ACK", 1, 6, 5)
    numbers = [(segment.seq, segment.ack, segment.length) for segment in segments(spoken)]
    assert numbers == [(0, None, 0), (0, 1, 0), (1, 1, 0), (1, 1, 5), (1, 6, 5)]


def test_without_a_syn_the_first_byte_is_number_1() -> None:
    """As if the handshake had been just before."""
    spoken = Talk()
    spoken.client("PSH ACK", 70_001, 9_001, 5)
    spoken.server("PSH ACK", 9_001, 70_006, 7)
    assert [(segment.seq, segment.ack) for segment in segments(spoken)] == [(1, 1), (1, 6)]


@pytest.mark.parametrize(
    ("client", "server", "window"), [(SCALE_7, SCALE_7, 64_000), (SCALE_7, b"", 500), (b"", SCALE_7, 500)]
)
def test_windows_are_scaled_if_both_offer_it(client: bytes, server: bytes, window: int) -> None:
    """RFC 7323 2.2; the windows of the handshake itself are not."""
    spoken = Talk()
    spoken.client("SYN", 0, options=client)
    spoken.server("SYN ACK", 0, 1, options=server)
    spoken.client("ACK", 1, 1)
    assert [segment.window for segment in segments(spoken)] == [500, 500, window]


def test_a_scale_that_only_the_syn_could_tell_is_unknown() -> None:
    """The server's windows are scaled by its own SYN,ACK; of the client's SYN nothing is known."""
    spoken = Talk()
    spoken.server("SYN ACK", 0, 1, options=SCALE_7)
    spoken.client("ACK", 1, 1)
    spoken.server("ACK", 1, 1)
    (conversation,) = followed(spoken)
    assert [segment.window for segment in conversation.segments] == [500, 500, 64_000]
    assert conversation.notes == [Note(NoteKind.SCALE_UNKNOWN)]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("a_syn_is_sent_again", "unanswered"),
        ("nobody_listens", "refused"),
        ("a_connection_is_aborted", "reset"),
        ("a_window_opens", "open"),
        ("a_fin_carries_the_ack", "open"),
    ],
)
def test_the_outcome_is_told(name: str, outcome: str) -> None:
    """As far as the capture goes."""
    assert followed(talk(name))[0].outcome == outcome


def test_a_connection_is_closed_when_both_fins_are_acknowledged() -> None:
    """And a reset that comes after does not change that."""
    spoken = talk("a_fin_carries_the_ack")
    spoken.client("ACK", 2, 2)
    spoken.client("RST", 2)
    assert followed(spoken)[0].outcome == "closed"


def test_flags_are_named_in_order() -> None:
    """SYN, FIN and RST come first."""
    spoken = Talk()
    spoken.client("ECE SYN CWR", 0)
    spoken.client("PSH FIN ACK", 1, 1)
    assert [flag_names(segment.flags) for segment in segments(spoken)] == [("SYN", "ECE", "CWR"), ("FIN", "PSH", "ACK")]


def test_the_room_for_time_stamps_is_not_for_data() -> None:
    """The MSS option leaves the options of later segments out of account (RFC 6691)."""
    stamps = b"\x01\x01\x08\x0a" + bytes(8)
    spoken = Talk()
    spoken.handshake(MSS + stamps)
    spoken.client("PSH ACK", 1, 1, 1448, options=stamps)
    spoken.client("PSH ACK", 1449, 1, 1449, options=stamps)
    assert [segment.notes for segment in segments(spoken)[3:]] == [[], [Note(NoteKind.GSO, 2)]]


def test_a_repeated_handshake_with_another_number_is_followed() -> None:
    """A server that forgot its first SYN,ACK begins again."""
    spoken, other = Talk(), Talk(isn=(1000, 5_000_000))
    spoken.client("SYN", 0, options=MSS)
    spoken.server("SYN ACK", 0, 1, options=MSS)
    other.server("SYN ACK", 0, 1, options=MSS, after_ms=1000)
    other.client("ACK", 1, 1)
    (conversation,) = followed(spoken, other)
    assert [(segment.seq, segment.ack) for segment in conversation.segments[2:]] == [(0, 1), (1, 1)]


def test_of_a_long_conversation_the_middle_is_left_out() -> None:
    """Beginning and end are kept, and the conversation says how much is missing."""
    spoken = Talk()
    spoken.handshake()
    for seq in range(1, 1000):
        spoken.client("ACK", seq, 1, 1)
    spoken.client("FIN ACK", 1000, 1)
    follower = Follower(max_segments=100)
    for packet in decoded(capture(spoken.packets)):
        follower.feed(packet)
    (conversation,) = follower.drain()
    frames = [segment.frame for segment in conversation.segments]
    assert len(frames) <= 100
    assert frames[:50] == list(range(1, 51))
    assert frames[-20:] == list(range(984, 1004))
    assert conversation.notes == [Note(NoteKind.NOT_KEPT, 1003 - len(frames))]
    assert [segment.number for segment in conversation.segments] == frames


def test_a_conversation_has_the_tunnels_of_its_first_packet() -> None:
    """They are of the whole: each packet has them."""
    wrapping = TUNNELS["VXLAN in GRE in MPLS"]
    packets = [(t_ns, wrapping.wrap(packet)) for t_ns, packet in talk("nobody_listens").packets]
    follower = Follower()
    for packet in decoded(capture(packets, wrapping.link_type)):
        follower.feed(packet)
    (conversation,) = follower.drain()
    assert conversation.tunnels == wrapping.tunnels
