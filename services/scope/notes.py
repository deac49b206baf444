"""The kinds of notes on a segment or on a conversation; their texts are in `words`.

Where Wireshark has the same mark (User's Guide, "TCP Analysis") it means the same; its field, with which the tests
compare, stands behind the kind.
"""

from enum import Enum, auto


class NoteKind(Enum):
    """What a note says; behind it, what its number means."""

    # On the data of a segment.
    RETRANSMISSION = auto()  # tcp.analysis.retransmission; the frame that carried the data first
    FAST_RETRANSMISSION = auto()  # tcp.analysis.fast_retransmission; as above
    SPURIOUS_RETRANSMISSION = auto()  # tcp.analysis.spurious_retransmission; as above
    OUT_OF_ORDER = auto()  # tcp.analysis.out_of_order
    PREVIOUS_NOT_CAPTURED = auto()  # tcp.analysis.lost_segment
    DATA_ON_SYN = auto()
    GSO = auto()  # how many segments it becomes on the wire
    LOST_BEFORE_LEAVING = auto()  # how many packets before it were lost before any vantage point saw them

    # On its acknowledgement.
    DUPLICATE_ACK = auto()  # tcp.analysis.duplicate_ack; its number among the duplicates
    ACKED_UNSEEN = auto()  # tcp.analysis.ack_lost_segment

    # On windows and probes. Linux probes a zero window with an empty segment one byte back, which looks like a
    # keep-alive, and Wireshark calls it one. Here the window decides.
    KEEPALIVE = auto()  # tcp.analysis.keep_alive, and the other side's window is open
    KEEPALIVE_ACK = auto()  # tcp.analysis.keep_alive_ack
    ZERO_WINDOW = auto()  # tcp.analysis.zero_window
    ZERO_WINDOW_PROBE = auto()  # tcp.analysis.zero_window_probe; or keep_alive, and the window is zero
    ZERO_WINDOW_PROBE_ACK = auto()  # tcp.analysis.zero_window_probe_ack; or as above, then zero_window
    WINDOW_UPDATE = auto()  # tcp.analysis.window_update
    WINDOW_FULL = auto()  # tcp.analysis.window_full

    # On a packet that was captured twice but sent once; the frame of the original. A note as Wireshark has it follows.
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

    # On a state reported by an end's own kernel (StateNote).
    BY_TCP_INFO = auto()

    # On a conversation.
    NO_HANDSHAKE = auto()
    SCALE_UNKNOWN = auto()
    NOT_CAPTURED = auto()
    NOT_KEPT = auto()  # segments
    COPIES = auto()  # segments
    GIVEN_UP = auto()  # to save memory; later packets were passed over
    OFFSETS_UNKNOWN = auto()
    CORRECTED = auto()  # a CorrectionNote; the first frame that was corrected
    TRACED = auto()
    BEGUN_BEFORE = auto()  # the trace does not have all calls, so the offsets of the others are unknown
    UNJUDGED = auto()  # causal rules that seem broken where calls, or packets, may be missing

    # What a service reported of its calls (ServiceNote).
    CALLS_DROPPED = auto()  # calls
    CALLS_LOST = auto()  # calls; the scope itself lost their records
    CALLS_MISSING = auto()  # calls; their records were lost between the sender and the scope
    IO_URING = auto()
    CONNECTIONS_UNWATCHED = auto()  # connections
    UNWATCHED = auto()  # calls before it stopped watching
    PACKETS_LOST = auto()  # packets, by a tap while the conversation went on
    NOTICE = auto()  # a notice that the scope does not know


# The names on the command line, in the page's addresses and in JSON.
NAMES = {kind: kind.name.lower().replace("_", "-") for kind in NoteKind}

# All from NO_HANDSHAKE on are said of a conversation as a whole, the others of a segment.
OF_CONVERSATIONS = frozenset(kind for kind in NoteKind if kind.value >= NoteKind.NO_HANDSHAKE.value)
# From CALLS_DROPPED on they are a ServiceNote.
OF_SERVICES = frozenset(kind for kind in NoteKind if kind.value >= NoteKind.CALLS_DROPPED.value)
# With any of these, a segment may be taken for that of another call than the one that caused it.
CALLS_MAY_BE_MISSING = frozenset(
    (NoteKind.CALLS_DROPPED, NoteKind.CALLS_LOST, NoteKind.CALLS_MISSING, NoteKind.IO_URING),
)
SENT_AGAIN = frozenset(
    (NoteKind.RETRANSMISSION, NoteKind.FAST_RETRANSMISSION, NoteKind.SPURIOUS_RETRANSMISSION),
)
PROBES = frozenset((NoteKind.KEEPALIVE, NoteKind.ZERO_WINDOW_PROBE))
