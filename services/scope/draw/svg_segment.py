"""A segment in a picture: an arrow that leans down from its sender to its receiver, with its text along it."""

from math import atan2, degrees

from services.scope.draw.styles import kind
from services.scope.draw.svg_style import escaped
from services.scope.ladder import labels
from services.scope.model import Segment, State

# How far an arrow's tip is below its tail.
LEAN = 11

_TIP_LENGTH, _TIP_HALF = 10, 4.5
_OF_STATE = {
    State.SYN_SENT: "opening",
    State.SYN_RECEIVED: "opening",
    State.ESTABLISHED: "established",
    State.CLOSED: "closed",
    State.LISTEN: "listen",
}


def state_kind(state: State) -> str:
    """Return the class of a state's name and band."""
    return _OF_STATE.get(state, "ending")


def arrow(segment: Segment, leaves: float, left: float, right: float) -> list[str]:
    """Return an arrow between two lifelines; it leaves its sender's at `leaves`."""
    tail, tip = (left, right) if segment.sender == "client" else (right, left)
    turn = degrees(atan2(LEAN, right - left)) * (1 if tip > tail else -1)
    middle_x, middle_y = (left + right) / 2, leaves + LEAN / 2
    ahead = 1 if tip > tail else -1
    shape = f"0,0 {-ahead * _TIP_LENGTH},{-_TIP_HALF} {-ahead * _TIP_LENGTH},{_TIP_HALF}"
    main = " ".join((labels.flags(segment), *labels.numbers(segment)))
    detail = " ".join(labels.details(segment))
    words = f'<tspan class="label">{escaped(main)}</tspan><tspan class="detail">{escaped(f"  {detail}")}</tspan>'
    along = f'transform="rotate({turn:.2f} {middle_x:g} {middle_y:g})" text-anchor="middle"'
    return [
        f'<g class="{kind(segment)}">',
        f'<line x1="{tail:g}" y1="{leaves:g}" x2="{tip - ahead * 6:g}" y2="{leaves + LEAN:g}" class="wire"/>',
        f'<polygon points="{shape}" transform="translate({tip:g} {leaves + LEAN:g}) rotate({turn:.2f})" class="tip"/>',
        f'<text x="{middle_x:g}" y="{middle_y - 5:g}" {along}>{words}</text>',
        "</g>",
    ]
