"""Which colour means what, on a terminal: of segments by what they do, of states by how far the connection is."""

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


def kind(segment: Segment) -> str:
    """Return what a segment is foremost: "reset", "again", "open", "end", "data" or "ack"."""
    if segment.has(Flags.RST):
        return "reset"
    if not SENT_AGAIN.isdisjoint(segment.kinds):
        return "again"
    if segment.has(Flags.SYN):
        return "open"
    if segment.has(Flags.FIN):
        return "end"
    return "data" if segment.length else "ack"


_OF_KIND = {"reset": "red", "again": "red", "open": "green", "end": "magenta", "data": "cyan", "ack": "bright_black"}


def of_segment(segment: Segment) -> str:
    """Return the style of its arrow."""
    return _OF_KIND[kind(segment)]


def of_state(state: State) -> str:
    """Return the style of a state's name."""
    return _OF_STATE.get(state, _ENDING)


def of_call(call: Call) -> str:
    """Return the style of a call's text."""
    return "default" if call.errno is None else "red"
