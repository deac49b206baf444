"""What the end of a connection looks like: how the second FIN meets the first, and what an RST is for."""

from services.scope.model import Flags
from services.scope.notes import (
    FIN_WITH_ACK,
    RST_ABORTED,
    RST_AFTER_CLOSE,
    RST_NO_CONNECTION,
    RST_NOBODY_LISTENS,
    RST_UNREAD_OR_ABORTED,
    SIMULTANEOUS_CLOSE,
)
from services.scope.tcp.flow import Flow
from services.scope.tcp.states import SYN_SENT, End

_ACK = int(Flags.ACK)


def note_on_fin(flow: Flow, other: Flow, ack: int) -> str | None:
    """Tell how a FIN that `flow` has not taken in yet meets the other side's: one answers, or both were first."""
    if flow.fin is not None or other.fin is None:
        return None
    if ack < other.fin:
        return SIMULTANEOUS_CLOSE
    return FIN_WITH_ACK if flow.ack < other.fin else None


def note_on_rst(sender: End, receiver: End, flags: int) -> str:
    """Tell what an RST, before the states take it in, is for, as far as it can be known.

    Linux sends two kinds. One answers a segment that it has no use for: its number is the one that the segment
    acknowledges, and it needs no ACK (RFC 9293 3.10.7.1); to a SYN, which acknowledges nothing, it is RST,ACK. The
    other ends a connection of its own accord, with ACK: close() with unread data (RFC 1122 4.2.2.13), SO_LINGER 0, or
    a process that gives up. Which of these, no segment tells; but what the peer never sent cannot be unread.
    """
    if receiver.state == SYN_SENT:
        return RST_NOBODY_LISTENS
    if sender.flow.fin is not None:
        return RST_AFTER_CLOSE
    if not flags & _ACK:
        return RST_NO_CONNECTION
    return RST_UNREAD_OR_ABORTED if _sent_data(receiver.flow) else RST_ABORTED


def _sent_data(flow: Flow) -> bool:
    return (flow.next or 0) - (flow.fin is not None) > 1
