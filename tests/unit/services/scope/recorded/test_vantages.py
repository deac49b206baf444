"""What a ladder's JSON tells of several vantage points."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.scope.document import ladder
from services.scope.recorded import NotALadder
from services.scope.recorded.recording import recording
from tests.unit.services.scope.harness.calls import joined, session
from tests.unit.services.scope.harness.points.by_hand import seen_from_two


def test_what_two_points_told_comes_back() -> None:
    """Names, clocks, times, and where segments were lost."""
    before = seen_from_two(joined(session(), []))
    (after,) = recording(orjson.dumps(ladder(before))).conversations
    assert (after.vantages, after.clocks) == (before.vantages, before.clocks)
    facts = [[(one.left_ns, one.arrived_ns, one.lost) for one in it.segments] for it in (before, after)]
    assert facts[0] == facts[1]


def test_a_ladder_from_before_there_were_two_is_read() -> None:
    """The fields may be absent."""
    found = ladder(joined(session(), []))
    for segment in found["segments"]:
        for name in ("left_ns", "arrived_ns", "lost"):
            del segment[name]
    (conversation,) = recording(orjson.dumps(found)).conversations
    assert conversation.segments[0].left_ns is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda it: it.update(clocks=[]), "clocks should be of its vantages, but the last"),
        (lambda it: it["clocks"][0]["last"].update(least_ns=2, most_ns=1), "should be no more than the most"),
        (lambda it: it["segments"][0]["loss"].update(next="moon"), "a segment was lost behind a point that is none"),
        (lambda it: it["segments"][0]["loss"].update(next=None), "a segment is lost between two vantages, or after"),
        (lambda it: it["segments"][0].update(left_ns=-1), "Input should be greater than or equal to 0"),
        (lambda it: it["segments"][0]["loss"].update(place="here"), "Input should be 'between' or 'after arrival'"),
    ],
)
def test_what_does_not_fit_together_is_named(change: Callable[[dict[str, Any]], object], why: str) -> None:
    """A drawing relies on it."""
    found = orjson.loads(orjson.dumps(ladder(seen_from_two(joined(session(), [])))))
    change(found)
    with pytest.raises(NotALadder) as raised:
        recording(orjson.dumps(found))
    assert why in raised.value.why
