"""What the scope remarks on a segment, or on a conversation: fixed texts, and a few with a number at their end.

Where Wireshark has such a mark (User's Guide, "TCP Analysis") it means the same here; the field that it is held against
stands behind it.
"""

# On what a segment carries. A number after "of #" is a frame of the capture.
RETRANSMISSION = "retransmission"  # tcp.analysis.retransmission
FAST_RETRANSMISSION = "fast retransmission"  # tcp.analysis.fast_retransmission
SPURIOUS_RETRANSMISSION = "spurious retransmission"  # tcp.analysis.spurious_retransmission
OUT_OF_ORDER = "out of order"  # tcp.analysis.out_of_order
PREVIOUS_NOT_CAPTURED = "previous segment not captured"  # tcp.analysis.lost_segment
DATA_ON_SYN = "data on SYN"
GSO = "GSO"  # "GSO: n segments"

# On what it acknowledges.
DUPLICATE_ACK = "duplicate ACK"  # tcp.analysis.duplicate_ack; "duplicate ACK #n" is the n-th
ACKED_UNSEEN = "ACKed unseen segment"  # tcp.analysis.ack_lost_segment

# On windows and probes. Linux probes a zero window with what Wireshark, which looks at the numbers alone, calls a
# keep-alive: no data, one byte back. Here it is what it is for.
KEEPALIVE = "keepalive probe"  # tcp.analysis.keep_alive, and the other side's window is open
KEEPALIVE_ACK = "keepalive ACK"  # tcp.analysis.keep_alive_ack
ZERO_WINDOW = "zero window"  # tcp.analysis.zero_window
ZERO_WINDOW_PROBE = "zero-window probe"  # tcp.analysis.zero_window_probe; or keep_alive, and the window is zero
ZERO_WINDOW_PROBE_ACK = "zero-window probe ACK"  # tcp.analysis.zero_window_probe_ack; or as above, then zero_window
WINDOW_UPDATE = "window update"  # tcp.analysis.window_update
WINDOW_FULL = "window full"  # tcp.analysis.window_full

# On beginnings and ends.
PORT_REUSED = "port reused"  # tcp.analysis.reused_ports, which a retransmitted SYN has too
FIN_WITH_ACK = "FIN carries the ACK (three-segment teardown)"
SIMULTANEOUS_CLOSE = "simultaneous close"
RST_NOBODY_LISTENS = "RST: nobody listens"
RST_AFTER_CLOSE = "RST: data arrived after close"
RST_NO_CONNECTION = "RST: no such connection"
RST_ABORTED = "RST: aborted"  # SO_LINGER 0, for one
RST_UNREAD_OR_ABORTED = "RST: closed with unread data, or aborted"

# On a state that its end's own kernel told: "server ESTABLISHED by TCP_INFO".
BY_TCP_INFO = "by TCP_INFO"

# On a conversation.
NO_HANDSHAKE = "captured from the middle: the handshake is not in it"
SCALE_UNKNOWN = "window scale unknown: windows are as on the wire"
NOT_CAPTURED = "no packet of it was captured"
NOT_KEPT = "segments in the middle not kept"  # "n segments in the middle not kept"


def retransmission(mark: str, original: int | None) -> str:
    """Return the mark of a retransmission, with the frame that carried its first byte before, where that is known."""
    return f"{mark} of #{original}" if original is not None else mark


def duplicate_ack(number: int) -> str:
    """Return the mark of the n-th duplicate of an ACK."""
    return f"{DUPLICATE_ACK} #{number}"


def gso(segments: int) -> str:
    """Return the mark of a packet that leaves the host as several segments."""
    return f"{GSO}: {segments} segments"


def not_kept(segments: int) -> str:
    """Return the note on a conversation longer than what is kept of it."""
    return f"{segments} {NOT_KEPT}"


def by_tcp_info(side: str, state: str) -> str:
    """Return the note on a segment after which an end's kernel said something else than the segments."""
    return f"{side} {state} {BY_TCP_INFO}"
