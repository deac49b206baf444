"""The explanations in English: one sentence for each case, with its numbers in braces."""

from services.scope.explain.en_calls import CALLS
from services.scope.explain.en_ways import WAYS

SENTENCES = {
    # Beginnings
    "syn": (
        "The {sender}'s kernel asks for a connection: its SYN names the sequence number it starts from, "
        "which counts as 0 here."
    ),
    "syn_of_connect": (
        "connect() makes the kernel send a SYN, which names the sequence number it starts from (here 0), and waits."
    ),
    "syn_data": "The SYN carries {length} bytes already: TCP Fast Open (RFC 7413).",
    "syn_crossed": (
        "The {sender}'s kernel asks for a connection as well, before it has the {peer}'s SYN: both begin, a "
        "simultaneous open (RFC 9293 3.5)."
    ),
    "syn_again": (
        "No answer for {wait}: the kernel sends its SYN again by its retransmission timer; connect() notices "
        "nothing of it."
    ),
    "syn_again_answered": (
        "The {sender}'s kernel sends its SYN again after {wait}: the SYN,ACK that was captured has not reached it."
    ),
    "syn_again_refused": (
        "The RST did not end the attempt: {wait} after its SYN the {sender}'s kernel sends it again, with the "
        "same number; some systems try three times."
    ),
    "syn_ack": (
        "The server's kernel answers the SYN by itself: SYN,ACK acknowledges it and names the server's own "
        "start; accept() has no part in it."
    ),
    "syn_ack_asleep": (
        "The server's kernel answers the SYN by itself, while accept() is still asleep: it is not accept() "
        "that sends SYN,ACK."
    ),
    "syn_ack_early": (
        "The server's kernel answers the SYN by itself: nobody has called accept() yet, and SYN,ACK does not need it."
    ),
    "syn_ack_crossed": (
        "The {sender}'s kernel answers the {peer}'s SYN with its own SYN once more, now with an ACK: a simultaneous "
        "open (RFC 9293 3.5)."
    ),
    "syn_ack_again": (
        "After {wait} the server's kernel sends SYN,ACK again: it has not taken the third ACK (lost, or the "
        "accept queue is full)."
    ),
    "syn_ack_again_asked": "The SYN came again, and the server's kernel answers it again, with the same SYN,ACK.",
    "syn_ack_again_unanswered": (
        "No ACK for {wait}: the retransmission timer of the server's kernel has run out, and it sends SYN,ACK again."
    ),
    "third_ack": (
        "The client's kernel acknowledges the server's SYN: the three-way handshake is complete, and the "
        "connection goes into the accept queue."
    ),
    "third_ack_wakes": (
        "The third ACK completes the handshake: the connection enters the accept queue, and that wakes the "
        "accept() that waits there."
    ),
    "third_ack_dropped": (
        "The client takes the connection for established, but the server's kernel did not take this ACK: "
        "its accept queue is full, or the segment was lost."
    ),
    # Data
    "data": "It carries {length} bytes of the {sender}'s stream, from offset {start} to {end}.",
    "data_unplaced": "It carries {length} bytes of the {sender}'s stream; where in it, the capture does not show.",
    "data_of_send": (
        "It carries {length} bytes that send() put into the {sender}'s send buffer, from offset {start} to "
        "{end} of the stream."
    ),
    "numbers": "A stream's byte n has the relative number n + 1: the SYN took 0.",
    "gso": (
        "It is longer than the MSS: captured before it was cut into segments, or after they were joined (GSO, GRO)."
    ),
    "lost_before_leaving": (
        "The {sender}'s host numbers its packets, and no point saw the one numbered before this: "
        "that host dropped it before it left, in its firewall or a full queue."
    ),
    "fin_acked": "It acknowledges the {peer}'s FIN as well.",
    "window_full": "It fills the receiver's window: the {sender} must not send more until the {peer} reads.",
    "out_of_order": "It is out of order: a later segment has overtaken it.",
    "not_captured": "Something before it is missing in the capture.",
    # Acknowledgements
    "ack": "The {sender}'s kernel acknowledges everything before {ack}; no call is needed, and none is told.",
    "ack_of_before": (
        "It does not acknowledge this SYN: the {sender}'s kernel still has an earlier connection of these ports, and "
        "the numbers are of that."
    ),
    "ack_fin": (
        "The {sender}'s kernel acknowledges the FIN, which counts as one byte: that direction is closed, the "
        "other stays open (half-close)."
    ),
    "ack_fin_time_wait": (
        "The last ACK: the {sender} closed first, so it stays in TIME-WAIT (60 s on Linux), in case this ACK "
        "is lost or old segments are late."
    ),
    "ack_fin_last": "The {sender}'s kernel acknowledges the {peer}'s FIN: both directions are closed.",
    "duplicate_ack": (
        "The same ACK again: something came in, but not the byte {ack} that the {sender} waits for; three of "
        "these mean loss (RFC 5681)."
    ),
    "window_update": (
        "Nothing new is acknowledged: the {sender} says that there is room for {window} bytes in its receive "
        "buffer now."
    ),
    "zero_window": (
        "The {sender}'s receive buffer is full, as nobody reads from it, or not as fast as bytes come: "
        "window 0 tells the {peer} to stop."
    ),
    "zero_window_probe": (
        "The window is still closed: after {wait} the {sender}'s kernel probes whether that has changed (RFC "
        "9293 3.8.6.1)."
    ),
    "zero_window_probe_early": (
        "A probe of the closed window would look like this, but no timer runs out so soon: it may have crossed the "
        "segment that closed the window."
    ),
    "zero_window_probe_ack": "The answer to the probe: the window is {window} bytes.",
    "keepalive": (
        "A keepalive probe: no data, and one number back, so that the {peer} must answer if it is still there."
    ),
    "keepalive_early": (
        "A keepalive probe would look like this, but no timer runs out so soon after the segment before: it may have "
        "been captured late."
    ),
    "keepalive_ack": "The answer to the keepalive probe: the {sender} is still there.",
    # Repetitions
    "again": (
        "No ACK for {wait}: the retransmission timer of the {sender}'s kernel has run out, and it sends this "
        "again; no call has a part in it."
    ),
    "again_early": (
        "No ACK for {wait}, which is sooner than Linux's least retransmission time-out (200 ms): a tail loss "
        "probe (RFC 8985)."
    ),
    "again_soon": (
        "The {sender}'s kernel sends this again after {wait}, sooner than a timer should run out: why, the capture "
        "does not show."
    ),
    "again_unknown": "The {sender}'s kernel sends this again; what it repeats is not in the capture.",
    "again_told": (
        "The {peer}'s ACKs since then say that something is missing, so the {sender}'s kernel sends this again, and "
        "needs no timer for it (RFC 5681, RFC 6675)."
    ),
    "again_of_syn": (
        "The SYN,ACK has acknowledged the SYN alone, so the {sender}'s kernel sends again what the SYN carried (RFC "
        "7413)."
    ),
    "again_fast": (
        "Duplicate ACKs told the {sender}'s kernel what is missing: it sends it again without waiting for "
        "the timer (RFC 5681)."
    ),
    "again_spurious": "Sent again although the {peer} has it already: its ACK was late, or lost.",
    "again_spurious_soon": (
        "Sent again although the {peer} has it already, and after {wait}, sooner than a timer runs out: why, the "
        "capture does not show."
    ),
    "again_spurious_unseen": (
        "The {peer} has acknowledged this already, and it was not captured before: it is sent again, or was captured "
        "late."
    ),
    # Endings
    "fin": (
        "The {sender} has no more to send: FIN closes this direction and takes one sequence number; the "
        "other direction stays open."
    ),
    "fin_of_call": (
        "{call}() says that the {sender} has no more to send: FIN closes this direction and takes one "
        "number; the other stays open."
    ),
    "fin_of_kernel": (
        "No call of the {sender} sent this FIN: its process ended, or another held the descriptor last, and "
        "the kernel closed it."
    ),
    "fin_of_end": (
        "The {sender}'s process has ended, and its kernel closes what it left open: FIN closes this direction and "
        "takes one number."
    ),
    "rst_of_end": (
        "The {sender}'s process has ended with bytes unread, and its kernel closes what it left open: RST tells that "
        "they were lost (RFC 1122 4.2.2.13)."
    ),
    "fin_with_ack": (
        "The {sender} closes as soon as it sees the end: this one segment is its FIN and the ACK of the "
        "other's, so three segments do, not four."
    ),
    "fin_with_ack_late": (
        "This FIN acknowledges the {peer}'s as well, but no ACK is held back for {wait}: one was sent before, and was "
        "not captured."
    ),
    "fin_second": (
        "Now the {sender} closes its direction as well; the FIN before was acknowledged already, so this "
        "teardown takes four segments."
    ),
    "fin_simultaneous": (
        "Both close at once: this FIN does not acknowledge the other, which is still on its way, so both go "
        "through CLOSING."
    ),
    "fin_simultaneous_late": (
        "This FIN does not acknowledge the other, sent {wait} before: that one was lost, or both have closed at once, "
        "and both go through CLOSING."
    ),
    "rst_refused": (
        "Nobody listens on this port: the kernel answers the SYN with RST, and connect() fails with ECONNREFUSED."
    ),
    "rst_refused_once": "Nobody listens on this port: the kernel answers the SYN with RST.",
    "rst_not_taken": (
        "This RST is not acceptable: its number, or what it acknowledges, is none that the {peer} expects, so it is "
        "dropped (RFC 9293 3.10.7)."
    ),
    "rst_after_close": "The {sender} has closed, and nobody can read this any more: its kernel answers with RST.",
    "rst_no_connection": "The {sender}'s kernel knows no such connection (any more), and says so with RST.",
    "rst_of_syn_sent": (
        "The {sender}'s kernel refuses what does not acknowledge its SYN: RST ends the {peer}'s earlier connection, "
        "and this attempt goes on."
    ),
    "rst_aborted": (
        "The {sender} gives up the connection without the usual end: RST, and neither side keeps a TIME-WAIT."
    ),
    "rst_unread": (
        "The {sender} closed with bytes unread in its buffer, or aborted: RST tells the {peer} that they "
        "were lost (RFC 1122 4.2.2.13)."
    ),
    "rst_unread_close": (
        "close() found bytes unread in the {sender}'s buffer, or aborted: RST, not FIN, tells that they were "
        "lost (RFC 1122 4.2.2.13)."
    ),
    # A correction
    "revised": "The {side}'s own kernel (TCP_INFO) says {state}: what the segments alone would tell is corrected.",
    # Between vantage points
    **WAYS,
    # Calls
    **CALLS,
}
