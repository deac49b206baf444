"""What holds of every conversation, whatever the capture has of it."""

from math import inf

from services.scope.model import Conversation, Flags
from services.scope.tcp.states import MAY_HAVE_SENT, MAY_SEND


def violations(conversation: Conversation) -> list[str]:
    """Return the segments with data whose sender is in a state that lets it send none (RFC 9293 3.10.2).

    What was sent before a FIN may come late, or once more: only before a connection there is nothing to repeat.
    """
    found = []
    sent: dict[str, float] = {}
    for segment in conversation.segments:
        if segment.is_copy:
            continue
        end: float = segment.seq + segment.length
        if segment.length and not segment.has(Flags.SYN | Flags.RST):
            state = segment.state_of(segment.sender)
            if state not in (MAY_SEND if end > sent.get(segment.sender, 0) else MAY_HAVE_SENT):
                found.append(f"#{segment.frame}: the {segment.sender} sends data in {state}")
        if segment.has(Flags.SYN) and segment.sender in sent:
            end = inf  # numbers count from another beginning now: which of them are new, only the flow knows
        sent[segment.sender] = max(sent.get(segment.sender, 0), end + 1 if segment.has(Flags.SYN | Flags.FIN) else end)
    return found
