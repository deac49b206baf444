"""Segments that were seen at both ends, in a picture."""

import re
from xml.etree import ElementTree as ET

import pytest

from services.scope.draw.svg import view_of
from services.scope.draw.view import View
from services.scope.model import Conversation, Note
from services.scope.notes import NoteKind
from services.scope.words.words import Lang
from tests.unit.services.scope.draw.test_svg_layout import number, pairs_on_each_other, texts, wires
from tests.unit.services.scope.harness.points.ladders import crossing, lossy, quiet

_LADDERS = {"quiet": quiet, "crossing": crossing, "lossy": lossy}


def drawn(conversation: Conversation, lang: Lang = "en", *, to_scale: bool = False) -> ET.Element:
    """Return a picture."""
    view = View(lang=lang, own_numbers=True, to_scale=to_scale)
    return ET.fromstring(view_of(conversation, view))  # noqa: S314 - our own


def slopes(root: ET.Element) -> list[float]:
    """Return how far the end of each wire is below its beginning, from the top."""
    ordered = sorted(wires(root), key=lambda wire: number(wire, "y1"))
    return [number(wire, "y2") - number(wire, "y1") for wire in ordered if wire.get("class") == "wire"]


@pytest.mark.parametrize("to_scale", [False, True])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", _LADDERS)
def test_no_text_lies_on_another(name: str, lang: Lang, *, to_scale: bool) -> None:
    """However arrows cross."""
    assert pairs_on_each_other(texts(drawn(_LADDERS[name](), lang, to_scale=to_scale))) == []


def test_an_arrow_goes_from_the_row_of_its_departure_to_that_of_its_arrival() -> None:
    """Where others leave meanwhile it is steeper, and two that are on their way together cross."""
    found = slopes(drawn(crossing()))
    assert len(found) == 8
    assert max(found[:3]) < 15 < min(found[3:6])
    assert max(slopes(drawn(quiet()))) < 15


def test_to_scale_all_arrows_are_as_steep_as_their_ways_are_long() -> None:
    """Each takes 1.7 ms, whether something happens meanwhile or not."""
    found = slopes(drawn(crossing(), to_scale=True))
    assert min(found) > 200
    assert max(found) < 1.5 * min(found)


@pytest.mark.parametrize("name", _LADDERS)
def test_to_scale_each_time_is_drawn_once(name: str) -> None:
    """As an arrow's height or as the space between rows, and not as both."""
    plain, scaled = (number(drawn(_LADDERS[name](), to_scale=to_scale), "height") for to_scale in (False, True))
    assert scaled - plain == pytest.approx(1_600, rel=0.1)


def test_what_was_lost_and_what_was_dropped_look_different() -> None:
    """A cross on the way; a wall at the lifeline; each with its place."""
    svg = ET.tostring(drawn(lossy()), encoding="unicode")
    assert (svg.count('class="cross"'), svg.count('class="stop"')) == (2, 1)
    said = [area.what for area in texts(drawn(lossy()))]
    assert [text for text in said if text.startswith("✗")][:2] == [
        "✗ lost between laptop and rack",
        "✗ dropped after its arrival at rack",
    ]


def test_how_long_each_took_stands_at_its_tip() -> None:
    """Not where it is not known."""
    conversation = quiet()
    assert [area.what for area in texts(drawn(conversation))].count("392 to 408 us") == 10
    conversation.clocks = ()
    assert not [area for area in texts(drawn(conversation)) if area.what.endswith("us") and " to " in area.what]


def test_an_arrow_that_is_in_two_rows_can_be_lit() -> None:
    """It has its segment's index; one that is in one row is lit with that."""
    svg = ET.tostring(drawn(crossing()), encoding="unicode")
    assert sorted(map(int, re.findall(r'data-segment="(\d+)"', svg))) == [3, 4, 5]


@pytest.mark.parametrize("name", ["quiet", "crossing"])
def test_what_never_left_is_a_stub_at_its_sender(name: str) -> None:
    """Before the segment whose number tells of it, in one row or in two; no text lies on another."""
    conversation = _LADDERS[name]()
    for segment in conversation.segments:
        segment.notes = [Note(NoteKind.LOST_BEFORE_LEAVING, 1)]
    root = drawn(conversation)
    stubs = [one for one in root.iter() if one.get("class") == "stub"]
    assert len(stubs) == len(conversation.segments)
    assert {abs(number(one, "x2") - number(one, "x1")) for one in stubs} == {24}
    assert pairs_on_each_other(texts(root)) == []
