"""What the end of a connection looks like: how the second FIN meets the first, and what an RST is for."""

from services.scope.model import Flags, State
from services.scope.notes import NoteKind
from services.scope.tcp.flow import Flow
from services.scope.tcp.states import End

_ACK = int(Flags.ACK)


def note_on_fin(flow: Flow, other: Flow, ack: int) -> NoteKind | None:
    """Tell how a FIN that `flow` has not taken in yet meets the other side's: one answers, or both were first."""
    if flow.fin is not None or other.fin is None:
        return None
    if ack < other.fin:
        return NoteKind.SIMULTANEOUS_CLOSE
    return NoteKind.FIN_WITH_ACK if flow.ack < other.fin else None


def note_on_rst(sender: End, receiver: End, flags: int) -> NoteKind:
    """Tell what an RST, before the states take it in, is for, as far as it can be known.

    Linux sends two kinds. One answers a segment that it has no use for: its number is the one that the segment
    acknowledges, and it needs no ACK (RFC 9293 3.10.7.1); to a SYN, which acknowledges nothing, it is RST,ACK. The
    other ends a connection of its own accord, with ACK: close() with unread data (RFC 1122 4.2.2.13), SO_LINGER 0, or
    a process that gives up. Which of these, no segment tells; but what the peer never sent cannot be unread.
    """
    if receiver.state == State.SYN_SENT:
        return NoteKind.RST_NOBODY_LISTENS
    if sender.flow.fin is not None:
        return NoteKind.RST_AFTER_CLOSE
    if not flags & _ACK:
        return NoteKind.RST_NO_CONNECTION
    return NoteKind.RST_UNREAD_OR_ABORTED if _sent_data(receiver.flow) else NoteKind.RST_ABORTED


def _sent_data(flow: Flow) -> bool:
    # Behind the SYN, which is number 0, and before the FIN.
    first_unsent = flow.next or 0
    return first_unsent > (1 if flow.fin is None else 2)
