"""Marks segments by their numbers and windows: retransmission, duplicate ACK, zero window, … as Wireshark does.

Source: the User's Guide, "TCP Analysis", and tcp_analyze_sequence_number() in epan/dissectors/packet-tcp.c (4.0), in
whose order the rules stand here. Numbers are relative (see `flow`). Five things differ on purpose: a probe of a zero
window is called that also where it looks like a keep-alive (Linux), and so is its answer; only a new conversation's SYN
has a reused port, not one that is sent again; an ACK of what was not captured never counts as duplicate ACKs; a
repeated ACK with SACK blocks is a duplicate whatever its window (RFC 6675 2, as in 4.4); and what has been captured
before is sent again, however soon, and not out of order.
"""

from services.scope.model import Flags, Note, Packet
from services.scope.notes import NoteKind
from services.scope.tcp.flow import Flow, Probe

_SYN_FIN = int(Flags.SYN | Flags.FIN)
_CONTROL = int(Flags.SYN | Flags.FIN | Flags.RST)
_SYN, _RST, _ACK = int(Flags.SYN), int(Flags.RST), int(Flags.ACK)
_NONE, _ONE_BACK, _ONE_BYTE = Probe.NONE, Probe.ONE_BACK, Probe.ONE_BYTE  # see `states`

# RFC 7323 3.2: time stamps, padded, in every segment: what the MSS option leaves out of account (RFC 6691).
TIMESTAMPS_BYTES = 12

# A retransmission within this time after duplicate ACKs was caused by them (a fast one), not by a timer.
_FAST_RETRANSMISSION_NS = 20_000_000
_DUPLICATES_FOR_IT = 2

# Later than this after the segment that overtook it, it is a retransmission; used if the handshake shows no round trip.
_REORDERING_NS = 3_000_000


def mark(flow: Flow, other: Flow, packet: Packet, seq: int, ack: int) -> list[Note]:
    """Return the marks of a segment that `flow` sends, and take its numbers into both flows."""
    marks: list[Note] = []
    _advance(flow, packet, seq, ack, _judge(flow, other, packet, seq, ack, marks))
    return marks


def mark_copy(flow: Flow, other: Flow, packet: Packet, seq: int, ack: int) -> list[Note]:
    """Return the marks that tshark gives a segment which was captured once more: nothing is taken into the flows."""
    marks: list[Note] = []
    kept = flow.duplicates, other.duplicates, other.contiguous
    _judge(flow, other, packet, seq, ack, marks)
    flow.duplicates, other.duplicates, other.contiguous = kept
    return marks


def mark_size(mss: int, packet: Packet, marks: list[Note]) -> None:
    """Mark data in unusual places, and packets larger than a segment: captured before TSO, or after GRO."""
    if packet.flags & _SYN:
        marks.append(Note(NoteKind.DATA_ON_SYN))
    size = mss - (TIMESTAMPS_BYTES if packet.options.timestamps else 0)
    if 0 < size < packet.length:
        marks.append(Note(NoteKind.GSO, -(-packet.length // size)))


def _judge(flow: Flow, other: Flow, packet: Packet, seq: int, ack: int, marks: list[Note]) -> Probe:
    probe = _NONE
    # Nearly every segment is the next data, or the ACK of what has just come: found with a few comparisons.
    if not (
        seq == flow.next
        and not packet.flags & _CONTROL
        and packet.window
        and other.ack <= seq
        and ack <= (other.contiguous or ack)
        and (
            ack != flow.ack
            if not packet.length
            else other.window and seq + packet.length != other.ack + other.window_bytes
        )
    ):
        probe = _mark_windows_and_acks(flow, other, packet, seq, ack, marks)
        if packet.flags & _ACK and other.contiguous is not None and ack > other.contiguous:
            _mark_acked_unseen(other, marks)
        if probe != _ONE_BACK and (packet.length or packet.flags & _SYN_FIN):
            _mark_repetition(flow, other, packet, seq, marks)
    return probe


def _mark_windows_and_acks(flow: Flow, other: Flow, packet: Packet, seq: int, ack: int, marks: list[Note]) -> Probe:
    length, window = packet.length, packet.window
    if length == 1 and seq == flow.next and other.window == 0:
        marks.append(Note(NoteKind.ZERO_WINDOW_PROBE))
        return _ONE_BYTE
    if flow.next is not None and seq > flow.next and not packet.flags & _RST:
        marks.append(Note(NoteKind.PREVIOUS_NOT_CAPTURED))
    if packet.flags & _CONTROL:
        return _NONE
    probe = _NONE
    if window == 0:
        marks.append(Note(NoteKind.ZERO_WINDOW))
    if length <= 1 and flow.next is not None and seq == flow.next - 1:
        marks.append(Note(NoteKind.ZERO_WINDOW_PROBE if other.window == 0 else NoteKind.KEEPALIVE))
        probe = _ONE_BACK
    if length and other.scale is not None and seq + length == other.ack + other.window_bytes:
        marks.append(Note(NoteKind.WINDOW_FULL))
    if not length and seq == flow.next and ack == flow.ack:
        _mark_repeated_ack(flow, other, packet, marks)
    return probe


def _mark_repeated_ack(flow: Flow, other: Flow, packet: Packet, marks: list[Note]) -> None:
    """Tell what a segment is for that has no data and acknowledges nothing new."""
    window = packet.window
    if window != flow.window and not packet.options.sack:
        if window:
            marks.append(Note(NoteKind.WINDOW_UPDATE))
    elif not window:
        if other.probed != _NONE:
            marks.append(Note(NoteKind.ZERO_WINDOW_PROBE_ACK))
    elif other.probed == _ONE_BACK:
        marks.append(Note(NoteKind.KEEPALIVE_ACK))
    else:
        flow.duplicates = max(flow.duplicates, 0) + 1
        marks.append(Note(NoteKind.DUPLICATE_ACK, flow.duplicates))


def _mark_acked_unseen(other: Flow, marks: list[Note]) -> None:
    """Mark a gap once: after that the other flow counts as captured up to the number acknowledged."""
    if other.next is not None and other.contiguous is not None and other.contiguous < other.next:
        other.contiguous = other.next
        marks.append(Note(NoteKind.ACKED_UNSEEN))
        return
    if other.duplicates == 0:
        marks.append(Note(NoteKind.ACKED_UNSEEN))
    other.duplicates = -1


def _mark_repetition(flow: Flow, other: Flow, packet: Packet, seq: int, marks: list[Note]) -> None:
    """Mark a segment that occupies sequence numbers but brings no new ones: a retransmission, or one out of order."""
    end = seq + packet.length
    if packet.length and end <= other.ack:
        marks.append(Note(NoteKind.SPURIOUS_RETRANSMISSION, flow.original(seq)))
        return
    # One byte back and then new data: it may follow a probe.
    if flow.next is None or seq >= flow.next or (packet.length > 1 and seq == flow.next - 1):
        return
    original = flow.original(seq)
    if (
        other.duplicates >= _DUPLICATES_FOR_IT
        and other.ack == seq
        and packet.t_ns - other.ack_t_ns < _FAST_RETRANSMISSION_NS
    ):
        marks.append(Note(NoteKind.FAST_RETRANSMISSION, original))
    elif (
        original is None
        and packet.t_ns - flow.next_t_ns < (flow.first_rtt_ns or _REORDERING_NS)
        # A segment that ends at the highest number so far has been sent before.
        and flow.next != (end + 1 if packet.flags & _SYN_FIN else end)
    ):
        marks.append(Note(NoteKind.OUT_OF_ORDER))  # it fills a gap
    else:
        marks.append(Note(NoteKind.RETRANSMISSION, original))


def _advance(flow: Flow, packet: Packet, seq: int, ack: int, probe: Probe) -> None:
    if ack != flow.ack:
        flow.duplicates = 0
    span = 1 if packet.flags & _SYN_FIN else 0
    end = seq + packet.length + span
    if end > seq:
        flow.remember(seq, end, packet.frame)
    # The receiver does not take a probe's byte: it will be sent again.
    if probe != _ONE_BYTE:
        if flow.next is None or end > flow.next:
            flow.next, flow.next_t_ns = end, packet.t_ns
        if flow.contiguous is None or seq == flow.contiguous:
            flow.contiguous = flow.next
    flow.window, flow.ack, flow.ack_t_ns, flow.probed = packet.window, ack, packet.t_ns, probe
