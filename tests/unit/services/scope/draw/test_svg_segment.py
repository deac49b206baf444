"""A segment in a picture."""

from services.scope.draw.svg_segment import LEAN, arrow, state_kind
from services.scope.model import State
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import segments


def test_an_arrow_leans_down_towards_its_receiver() -> None:
    """From the left lifeline for the client, from the right one for the server."""
    syn, syn_ack, *_ = segments(session())
    assert f'<line x1="100" y1="50" x2="494" y2="{50 + LEAN}"' in arrow(syn, 50, 100, 500)[1]
    assert f'<line x1="500" y1="50" x2="106" y2="{50 + LEAN}"' in arrow(syn_ack, 50, 100, 500)[1]


def test_an_arrow_says_everything_that_a_terminal_does() -> None:
    """Flags, numbers, and the options of a SYN."""
    text = "".join(arrow(segments(session())[1], 50, 100, 500))
    for piece in ("SYN,ACK", "seq=0", "ack=1", "win=65160", "mss=1460", "wscale=7"):
        assert piece in text


def test_states_are_told_apart_by_how_far_the_connection_is() -> None:
    """Opening, established, ending, closed."""
    states = (State.SYN_SENT, State.ESTABLISHED, State.FIN_WAIT_2, State.CLOSED)
    assert [state_kind(state) for state in states] == ["opening", "established", "ending", "closed"]
