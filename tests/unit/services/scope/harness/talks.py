"""Talks in which something happens: each is a name, a script, and the notes on its last segment."""

# ruff: noqa: D103 - the names are the sentences

import struct
from collections.abc import Callable

from services.scope.model import Note
from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.wire import MSS, Talk

Script = Callable[[Talk], None]

TALKS: dict[str, tuple[Script, list[Note]]] = {}


def _ending_in(*expected: NoteKind | Note) -> Callable[[Script], Script]:
    def register(script: Script) -> Script:
        TALKS[script.__name__] = script, [note if isinstance(note, Note) else Note(note) for note in expected]
        return script

    return register


def talk(name: str, port: int = 40_000) -> Talk:
    """Return the talk of this name."""
    spoken = Talk(port)
    TALKS[name][0](spoken)
    return spoken


@_ending_in(Note(NoteKind.RETRANSMISSION, 4))
def a_segment_is_sent_again_after_a_time_out(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 100)
    talk.client("PSH ACK", 1, 1, 100, after_ms=210)


@_ending_in(Note(NoteKind.RETRANSMISSION, 1))
def a_syn_is_sent_again(talk: Talk) -> None:
    talk.client("SYN", 0, options=MSS)
    talk.client("SYN", 0, options=MSS, after_ms=1000)


@_ending_in(Note(NoteKind.RETRANSMISSION, 5))
def a_fin_is_sent_again(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 5)
    talk.client("FIN ACK", 6, 1)
    talk.client("FIN ACK", 6, 1, after_ms=210)


@_ending_in(Note(NoteKind.FAST_RETRANSMISSION, 4))
def a_segment_is_sent_again_after_duplicate_acks(talk: Talk) -> None:
    talk.handshake()
    for seq in (1, 101, 201, 301):
        talk.client("ACK", seq, 1, 100, after_ms=0.01)
    talk.server("ACK", 1, 1)
    for _ in range(3):
        talk.server("ACK", 1, 1, after_ms=0.01)
    talk.client("ACK", 1, 1, 100)


@_ending_in(Note(NoteKind.SPURIOUS_RETRANSMISSION, 4))
def a_segment_is_sent_again_after_its_ack(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 100)
    talk.server("ACK", 1, 101)
    talk.client("PSH ACK", 1, 1, 100, after_ms=210)


@_ending_in(NoteKind.OUT_OF_ORDER)
def a_segment_is_overtaken(talk: Talk) -> None:
    talk.handshake()
    talk.client("ACK", 1, 1, 100)
    talk.client("ACK", 201, 1, 100, after_ms=0.01)
    talk.client("ACK", 101, 1, 100, after_ms=0.01)


@_ending_in(Note(NoteKind.RETRANSMISSION, 6))
def an_overtaken_segment_is_sent_again_at_once(talk: Talk) -> None:
    a_segment_is_overtaken(talk)
    talk.client("ACK", 101, 1, 100, after_ms=0.01)


@_ending_in(NoteKind.PREVIOUS_NOT_CAPTURED)
def a_segment_is_missing(talk: Talk) -> None:
    talk.handshake()
    talk.client("ACK", 1, 1, 100)
    talk.client("ACK", 201, 1, 100)


@_ending_in(NoteKind.ACKED_UNSEEN)
def a_missing_segment_is_acknowledged(talk: Talk) -> None:
    talk.handshake()
    talk.client("ACK", 1, 1, 100)
    talk.server("ACK", 1, 201)


@_ending_in(Note(NoteKind.DUPLICATE_ACK, 2))
def an_ack_is_repeated(talk: Talk) -> None:
    talk.handshake()
    talk.client("ACK", 1, 1, 100)
    talk.server("ACK", 1, 101)
    talk.server("ACK", 1, 101)
    talk.server("ACK", 1, 101)


@_ending_in(Note(NoteKind.DUPLICATE_ACK, 1))
def an_ack_is_repeated_with_a_block_and_a_new_window(talk: Talk) -> None:
    talk.handshake()
    talk.client("ACK", 1, 1, 100)
    talk.server("ACK", 1, 101)
    talk.client("ACK", 201, 1, 100)
    block = b"\x01\x01\x05\x0a" + struct.pack("!II", 1201, 1301)  # the client's numbers begin at 1000
    talk.server("ACK", 1, 101, window=400, options=block)


@_ending_in(NoteKind.KEEPALIVE)
def a_keepalive_probe(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 100)
    talk.server("ACK", 1, 101)
    talk.client("ACK", 100, 1, after_ms=10_000)


@_ending_in(NoteKind.KEEPALIVE_ACK)
def a_keepalive_probe_is_answered(talk: Talk) -> None:
    a_keepalive_probe(talk)
    talk.server("ACK", 1, 101)


@_ending_in(NoteKind.ZERO_WINDOW)
def a_window_closes(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 100)
    talk.server("ACK", 1, 101, window=0)


@_ending_in(NoteKind.ZERO_WINDOW_PROBE)
def linux_probes_a_closed_window(talk: Talk) -> None:
    a_window_closes(talk)
    talk.client("ACK", 100, 1, after_ms=200)


@_ending_in(NoteKind.ZERO_WINDOW, NoteKind.ZERO_WINDOW_PROBE_ACK)
def a_probe_is_answered_while_the_window_is_closed(talk: Talk) -> None:
    linux_probes_a_closed_window(talk)
    talk.server("ACK", 1, 101, window=0)


@_ending_in(NoteKind.ZERO_WINDOW_PROBE)
def a_byte_probes_a_closed_window(talk: Talk) -> None:
    a_window_closes(talk)
    talk.client("ACK", 101, 1, 1, after_ms=200)


@_ending_in(NoteKind.ZERO_WINDOW, NoteKind.ZERO_WINDOW_PROBE_ACK)
def a_byte_that_probes_is_refused(talk: Talk) -> None:
    a_byte_probes_a_closed_window(talk)
    talk.server("ACK", 1, 101, window=0)


@_ending_in(NoteKind.WINDOW_UPDATE)
def a_window_opens(talk: Talk) -> None:
    a_window_closes(talk)
    talk.server("ACK", 1, 101, window=500, after_ms=50)


@_ending_in(NoteKind.WINDOW_FULL)
def a_segment_fills_the_window(talk: Talk) -> None:
    talk.handshake()
    talk.server("ACK", 1, 1, window=8)  # 1024 bytes
    talk.client("PSH ACK", 1, 1, 1024)


@_ending_in(Note(NoteKind.GSO, 3))
def a_packet_is_captured_before_it_is_cut(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 2 * 1460 + 1)


@_ending_in(NoteKind.DATA_ON_SYN)
def data_ride_on_the_syn(talk: Talk) -> None:
    talk.client("SYN", 0, length=5, options=MSS + b"\x22\x0a" + bytes(8))


@_ending_in(NoteKind.FIN_WITH_ACK)
def a_fin_carries_the_ack(talk: Talk) -> None:
    talk.handshake()
    talk.client("FIN ACK", 1, 1)
    talk.server("FIN ACK", 1, 2)


@_ending_in(NoteKind.SIMULTANEOUS_CLOSE)
def both_close_at_once(talk: Talk) -> None:
    talk.handshake()
    talk.client("FIN ACK", 1, 1)
    talk.server("FIN ACK", 1, 1, after_ms=0.01)


@_ending_in(NoteKind.RST_NOBODY_LISTENS)
def nobody_listens(talk: Talk) -> None:
    talk.client("SYN", 0, options=MSS)
    talk.server("RST ACK", -900_000, 1, window=0)


@_ending_in(NoteKind.RST_NOT_TAKEN)
def an_rst_does_not_acknowledge_the_syn(talk: Talk) -> None:
    talk.client("SYN", 0, options=MSS)
    talk.server("RST ACK", -900_000, -1000, window=0)


@_ending_in(NoteKind.RST_AFTER_CLOSE)
def data_arrive_after_close(talk: Talk) -> None:
    talk.handshake()
    talk.server("FIN ACK", 1, 1)
    talk.client("ACK", 1, 2)
    talk.client("PSH ACK", 1, 2, 5)
    talk.server("RST", 2, window=0)


@_ending_in(NoteKind.RST_UNREAD_OR_ABORTED)
def a_close_leaves_data_unread(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 5)
    talk.server("ACK", 1, 6)
    talk.server("RST ACK", 1, 6)


@_ending_in(NoteKind.RST_ABORTED)
def a_connection_is_aborted(talk: Talk) -> None:
    talk.handshake()
    talk.client("RST ACK", 1, 1)


@_ending_in(NoteKind.RST_NO_CONNECTION)
def the_server_knows_of_no_connection(talk: Talk) -> None:
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 5)
    talk.server("RST", 1, window=0)


@_ending_in(NoteKind.PORT_REUSED)
def a_port_is_reused(talk: Talk) -> None:
    talk.handshake()
    talk.client("RST ACK", 1, 1)
    talk.client("SYN", 77_777, options=MSS)
