"""The colours on a terminal: segments by what they do, states by how far the connection is."""

from services.scope.model import Flags, Segment, State
from services.scope.notes import SENT_AGAIN
from shared.calls import Call

_OF_STATE = {
    State.SYN_SENT: "yellow",
    State.SYN_RECEIVED: "yellow",
    State.ESTABLISHED: "green",
    State.CLOSED: "dim",
    State.LISTEN: "blue",
}
_ENDING = "magenta"

_RST, _SYN, _FIN = int(Flags.RST), int(Flags.SYN), int(Flags.FIN)  # int: an IntFlag's operators take ten times as long


def kind(segment: Segment) -> str:
    """Return the most important thing about a segment: "reset", "again", "open", "end", "data" or "ack"."""
    if segment.flags & _RST:
        return "reset"
    if segment.notes and not SENT_AGAIN.isdisjoint(segment.kinds):
        return "again"
    if segment.flags & _SYN:
        return "open"
    if segment.flags & _FIN:
        return "end"
    return "data" if segment.length else "ack"


# The style of a segment's arrow.
OF_KIND = {"reset": "red", "again": "red", "open": "green", "end": "magenta", "data": "cyan", "ack": "bright_black"}


def of_state(state: State) -> str:
    """Return the style of a state's name."""
    return _OF_STATE.get(state, _ENDING)


def of_call(call: Call) -> str:
    """Return the style of a call's text."""
    return "default" if call.errno is None else "red"
