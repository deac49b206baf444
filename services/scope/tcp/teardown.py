"""How a connection ends: whether the second FIN answers the first, and what an RST is for."""

from services.scope.model import State
from services.scope.notes import NoteKind
from services.scope.tcp.flow import NOTHING, Flow
from services.scope.tcp.states import End, Step, is_taken


def note_on_fin(flow: Flow, other: Flow, ack: int | None, end: int) -> NoteKind | None:
    """Tell whether a FIN that `flow` has not taken in yet answers the other side's, or crosses it on the way.

    `ack` is what it acknowledges, None where that is nothing, and `end` the number that acknowledges it.
    """
    if flow.fin is not None or other.fin is None or ack is None:
        return None
    if ack < other.fin:
        # That the other FIN came first in the capture says little: it may acknowledge this one.
        return NoteKind.SIMULTANEOUS_CLOSE if other.fin_ack < end else None
    return NoteKind.FIN_WITH_ACK if flow.ack < other.fin else None


def note_on_rst(sender: End, receiver: End, taken: Step) -> NoteKind:
    """Tell what an RST is for, as far as the capture shows it; to be called before the states take it in.

    Linux sends two kinds. One answers a segment that it has no use for: its number is the one that the segment
    acknowledges, and it needs no ACK (RFC 9293 3.10.7.1); to a SYN, which acknowledges nothing, it is RST,ACK. The
    other ends a connection of its own accord, with ACK: close() with unread data (RFC 1122 4.2.2.13), SO_LINGER 0, or
    a process that gives up. No segment tells which of these it was; but if the peer sent no data, none was unread.
    """
    if not is_taken(receiver, taken):
        return NoteKind.RST_NOT_TAKEN
    if receiver.state == State.SYN_SENT:
        return NoteKind.RST_NOBODY_LISTENS
    has_finished, late_end = sender.flow.fin is not None, receiver.flow.late_end
    # After a half-close data may still arrive and be acknowledged; only unacknowledged data found the socket closed.
    if has_finished and late_end > sender.flow.ack:
        return NoteKind.RST_AFTER_CLOSE
    if taken.ack is None:
        return NoteKind.RST_NO_CONNECTION
    # Data that came before its FIN would have been unread at close(), which then sends RST instead.
    may_be_unread = late_end != NOTHING if has_finished else _sent_data(receiver.flow)
    return NoteKind.RST_UNREAD_OR_ABORTED if may_be_unread else NoteKind.RST_ABORTED


def _sent_data(flow: Flow) -> bool:
    # Behind the SYN, which is number 0, and before the FIN.
    first_unsent = flow.next or 0
    return first_unsent > (1 if flow.fin is None else 2)
