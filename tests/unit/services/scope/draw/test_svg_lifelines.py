"""What stands at the lifelines of a picture."""

import re

from services.scope.draw.svg_lifelines import LIFE_X, Lifelines, beside, mark
from services.scope.ladder.bars import Bar
from services.scope.model import State


def test_a_band_lasts_as_long_as_its_state() -> None:
    """The same state again begins no other."""
    lifelines = Lifelines(walkable=False)
    changed = [
        lifelines.change("client", state, y)
        for state, y in ((State.SYN_SENT, 10), (State.SYN_SENT, 20), (State.ESTABLISHED, 30))
    ]
    assert changed == [True, False, True]
    bands = [one for one in lifelines.drawn(0, 50) if "band" in one]
    assert [re.findall(r'y[12]="(\d+)"', band) for band in bands] == [["10", "30"], ["30", "50"]]


def test_a_bar_goes_from_entry_to_return() -> None:
    """Where the return is the first that is known of a call, its bar is short."""
    lifelines = Lifelines(walkable=True)
    lifelines.enter(3, 100)
    lifelines.leave(Bar(3, "client", 0, touches=False), 140, has_failed=False)
    lifelines.leave(Bar(4, "server", 0, touches=False), 160, has_failed=True)
    whole, short = lifelines.drawn(0, 200)[len(LIFE_X) :]
    assert re.findall(r'data-call="3".*y="100".*height="40".*class="bar"', whole)
    assert re.findall(r'data-call="4".*y="155".*height="10".*class="bar failed"', short)


def test_a_text_stands_beyond_all_bars() -> None:
    """On the outer side of its lifeline; a mark stands on its bar, nearer to it."""
    outer = Bar(1, "server", 1, touches=False)
    text = float(re.findall(r'x="([\d.]+)"', beside("server", 9, "= 5", "call", [outer]))[0])
    of_mark = float(re.findall(r'cx="([\d.]+)"', mark(outer, 9, is_caused=True))[0])
    assert LIFE_X["server"] < of_mark < text
