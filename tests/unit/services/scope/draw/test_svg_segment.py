"""A segment in a picture."""

import re
from itertools import pairwise
from math import hypot

from services.scope.draw.svg_segment import LEAN, Arrow, Way, state_kind
from services.scope.model import State
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import segments

_LEVEL, _STEEP = Way(100, 500, 50, 50 + LEAN), Way(100, 500, 50, 350)


def test_an_arrow_leans_down_towards_its_receiver() -> None:
    """From the left lifeline for the client, from the right one for the server."""
    syn, syn_ack, *_ = segments(session())
    assert f'<line x1="100" y1="50" x2="494" y2="{50 + LEAN}"' in Arrow(syn, _LEVEL).line()[0]
    assert f'<line x1="500" y1="50" x2="106" y2="{50 + LEAN}"' in Arrow(syn_ack, _LEVEL).line()[0]


def test_an_arrow_says_everything_that_a_terminal_does() -> None:
    """Flags, numbers, and the options of a SYN."""
    text = Arrow(segments(session())[1], _LEVEL).text()
    for piece in ("SYN,ACK", "seq=0", "ack=1", "win=65160", "mss=1460", "wscale=7"):
        assert piece in text


def test_a_steep_arrow_has_its_text_level_at_its_tail() -> None:
    """So that two that cross can be read: one begins at the left lifeline, the other at the right one."""
    syn, syn_ack, *_ = segments(session())
    texts = [Arrow(one, _STEEP, over=True).text() for one in (syn, syn_ack)]
    assert not any("rotate" in text for text in texts)
    assert [re.findall(r'x="(\d+)" y="45" class="over" text-anchor="(\w+)"', text) for text in texts] == [
        [("114", "start")],
        [("486", "end")],
    ]


def test_what_was_lost_ends_in_a_cross_and_what_was_dropped_at_a_wall() -> None:
    """The one half-way and without a tip, the other at the lifeline with one."""
    syn = segments(session())[0]
    wire, *cross = Arrow(syn, _LEVEL, 0.5).line()
    assert 'x2="300"' in wire
    assert [one.count('class="cross"') for one in cross] == [1, 1]
    assert 'text-anchor="start"' in Arrow(syn, _LEVEL, 0.5).text()  # it has not the room of the whole way
    _, tip, wall = Arrow(syn, _LEVEL, dropped=True).line()
    assert 'class="tip dropped"' in tip
    assert 'x1="500"' in wall
    assert 'class="stop"' in wall


def test_a_line_ends_within_its_tip_however_steep_it_is() -> None:
    """Six pixels before its point."""
    for way in (_LEVEL, _STEEP, Way(100, 500, 50, 2_000)):
        wire, *_ = Arrow(segments(session())[0], way).line()
        x, y = (float(re.findall(rf'{name}="([\d.]+)"', wire)[0]) for name in ("x2", "y2"))
        assert 5.9 < hypot(500 - x, way.arrives - y) < 13


def test_states_are_told_apart_by_how_far_the_connection_is() -> None:
    """Opening, established, ending, closed."""
    states = (State.SYN_SENT, State.ESTABLISHED, State.FIN_WAIT_2, State.CLOSED)
    kinds = [state_kind(state) for state in states]
    assert kinds == ["opening", "established", "ending", "closed"]
    assert all(one != other for one, other in pairwise(kinds))
