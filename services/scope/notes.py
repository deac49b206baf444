"""The kinds of what the scope remarks on a segment, or on a conversation; their texts are in `words`.

Where Wireshark has such a mark (User's Guide, "TCP Analysis") it means the same here; the field that it is held against
stands behind it.
"""

from enum import Enum, auto


class NoteKind(Enum):
    """What a note says; behind it, what its number is."""

    # On what a segment carries.
    RETRANSMISSION = auto()  # tcp.analysis.retransmission; the frame that carried it first
    FAST_RETRANSMISSION = auto()  # tcp.analysis.fast_retransmission; as above
    SPURIOUS_RETRANSMISSION = auto()  # tcp.analysis.spurious_retransmission; as above
    OUT_OF_ORDER = auto()  # tcp.analysis.out_of_order
    PREVIOUS_NOT_CAPTURED = auto()  # tcp.analysis.lost_segment
    DATA_ON_SYN = auto()
    GSO = auto()  # into how many segments it is cut

    # On what it acknowledges.
    DUPLICATE_ACK = auto()  # tcp.analysis.duplicate_ack; the how many-th
    ACKED_UNSEEN = auto()  # tcp.analysis.ack_lost_segment

    # On windows and probes. Linux probes a zero window with what Wireshark, which looks at the numbers alone, calls a
    # keep-alive: no data, one byte back. Here it is what it is for.
    KEEPALIVE = auto()  # tcp.analysis.keep_alive, and the other side's window is open
    KEEPALIVE_ACK = auto()  # tcp.analysis.keep_alive_ack
    ZERO_WINDOW = auto()  # tcp.analysis.zero_window
    ZERO_WINDOW_PROBE = auto()  # tcp.analysis.zero_window_probe; or keep_alive, and the window is zero
    ZERO_WINDOW_PROBE_ACK = auto()  # tcp.analysis.zero_window_probe_ack; or as above, then zero_window
    WINDOW_UPDATE = auto()  # tcp.analysis.window_update
    WINDOW_FULL = auto()  # tcp.analysis.window_full

    # On what was captured once more, and sent once; the frame that it is a copy of. tshark's mark stands beside it.
    COPY = auto()

    # On beginnings and ends.
    PORT_REUSED = auto()  # tcp.analysis.reused_ports, which a retransmitted SYN has too
    FIN_WITH_ACK = auto()
    SIMULTANEOUS_CLOSE = auto()
    RST_NOBODY_LISTENS = auto()
    RST_NOT_TAKEN = auto()  # its number, or what it acknowledges, is not acceptable (RFC 9293 3.10.7)
    RST_AFTER_CLOSE = auto()
    RST_NO_CONNECTION = auto()
    RST_ABORTED = auto()  # SO_LINGER 0, for one
    RST_UNREAD_OR_ABORTED = auto()

    # On a state that its end's own kernel told (StateNote).
    BY_TCP_INFO = auto()

    # On a conversation.
    NO_HANDSHAKE = auto()
    SCALE_UNKNOWN = auto()
    NOT_CAPTURED = auto()
    NOT_KEPT = auto()  # so many segments
    COPIES = auto()  # so many segments
    GIVEN_UP = auto()  # for memory: what came later was passed over
    OFFSETS_UNKNOWN = auto()
    CORRECTED = auto()  # CorrectionNote; the frame from which on
    TRACED = auto()
    BEGUN_BEFORE = auto()  # the trace tells of calls that moved bytes, and not which bytes

    # What a service said of its calls (ServiceNote).
    CALLS_DROPPED = auto()  # so many calls
    CALLS_LOST = auto()  # so many calls, by the scope itself
    IO_URING = auto()
    CONNECTIONS_UNWATCHED = auto()  # so many connections
    UNWATCHED = auto()  # after so many calls
    NOTICE = auto()  # of which the scope knows no more than its name


# Their names outside: on the command line, in addresses, in JSON.
NAMES = {kind: kind.name.lower().replace("_", "-") for kind in NoteKind}

# All from NO_HANDSHAKE on are said of a conversation as a whole, the others of a segment.
OF_CONVERSATIONS = frozenset(kind for kind in NoteKind if kind.value >= NoteKind.NO_HANDSHAKE.value)
SENT_AGAIN = frozenset(
    (NoteKind.RETRANSMISSION, NoteKind.FAST_RETRANSMISSION, NoteKind.SPURIOUS_RETRANSMISSION),
)
PROBES = frozenset((NoteKind.KEEPALIVE, NoteKind.ZERO_WINDOW_PROBE))
