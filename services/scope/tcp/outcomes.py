"""How a conversation ends, as far as its segments have told so far."""

from services.scope.model import Conversation, Outcome, Side, State
from services.scope.tcp.revisions import revise_refused, revise_unaccepted
from services.scope.tcp.states import End

# Looked up once, as in `states`.
_CLOSED, _SYN_SENT = State.CLOSED, State.SYN_SENT
_REFUSED, _UNANSWERED = Outcome.REFUSED, Outcome.UNANSWERED

OVER = (Outcome.CLOSED, Outcome.RESET, Outcome.REFUSED)


def tell_outcome(conversation: Conversation, client: End, server: End, sender: End) -> None:
    """Take in a segment, after both ends were moved past it."""
    if client.flow.fin_acked and server.flow.fin_acked and conversation.outcome not in OVER:
        conversation.outcome = Outcome.CLOSED
    elif conversation.outcome == _UNANSWERED and client.state != _SYN_SENT and (sender is server or client.speaks):
        # The server has sent what the client could use, or the client acknowledges what was not captured.
        conversation.outcome = Outcome.OPEN
    elif conversation.outcome == _REFUSED and client.state == _SYN_SENT:
        conversation.outcome = _UNANSWERED  # another attempt


def tell_reset(conversation: Conversation, sender: End, side: Side, *, was_refused: bool) -> None:
    """Take in an RST that its receiver accepts; `was_refused`: it answers the receiver's SYN."""
    if was_refused:
        conversation.outcome = _REFUSED
        revise_refused(conversation.segments)
    elif sender.state == _CLOSED and conversation.outcome != Outcome.CLOSED:
        conversation.outcome = Outcome.RESET
    elif sender.state == _SYN_SENT and conversation.outcome == Outcome.OPEN:
        conversation.outcome = _UNANSWERED
        revise_unaccepted(conversation.segments, side)
