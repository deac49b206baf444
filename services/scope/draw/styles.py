"""Which colour means what, on a terminal: of segments by what they do, of states by how far the connection is."""

from services.scope.model import Segment
from shared.calls import Call

_OF_STATE = {
    "SYN-SENT": "yellow",
    "SYN-RECEIVED": "yellow",
    "ESTABLISHED": "green",
    "CLOSED": "dim",
    "LISTEN": "blue",
}
_ENDING = "magenta"


def kind(segment: Segment) -> str:
    """Return what a segment is foremost: "reset", "again", "open", "end", "data" or "ack"."""
    if "RST" in segment.flags:
        return "reset"
    if any("retransmission" in note for note in segment.notes):
        return "again"
    if "SYN" in segment.flags:
        return "open"
    if "FIN" in segment.flags:
        return "end"
    return "data" if segment.length else "ack"


_OF_KIND = {"reset": "red", "again": "red", "open": "green", "end": "magenta", "data": "cyan", "ack": "bright_black"}


def of_segment(segment: Segment) -> str:
    """Return the style of its arrow."""
    return _OF_KIND[kind(segment)]


def of_state(state: str) -> str:
    """Return the style of a state's name."""
    return _OF_STATE.get(state, _ENDING)


def of_call(call: Call) -> str:
    """Return the style of a call's text."""
    return "default" if call.errno is None else "red"
