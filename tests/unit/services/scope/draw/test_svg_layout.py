"""Where things are in a picture: nothing lies on anything else, arrows go from lifeline to lifeline."""

import itertools
import re
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len

from services.scope.draw.svg import picture
from services.scope.model import Conversation, Note
from services.scope.notes import NoteKind
from services.scope.words.words import Lang
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import followed
from tests.unit.services.scope.ladder.test_folding import transfer

_SVG = "{http://www.w3.org/2000/svg}"
_CLIENT_X, _SERVER_X, _HALF_LIFELINE = 340, 800, 4

# A column's width by the class of its text, in pixels: font size times what a letter of that font takes at the most.
_COLUMN = {"time": 6.6, "note": 6.0, "state": 8.0, "why": 6.5, "found": 6.5, "title": 9.5, "head": 8.0}
_MONO_COLUMN, _ASCENT, _DESCENT = 7.2, 9, 2
_NOTE = 15  # a note's line


class Area(NamedTuple):
    """What something takes of the picture."""

    left: float
    top: float
    right: float
    bottom: float
    what: str

    def overlaps(self, other: "Area") -> bool:
        """Tell whether both have some of it."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def parsed(conversation: Conversation, *, explain: bool = True, lang: Lang = "en") -> ET.Element:
    """Return a picture."""
    return ET.fromstring(picture(conversation, explain=explain, lang=lang))  # noqa: S314 - our own


def number(element: ET.Element, name: str) -> float:
    """Return an attribute."""
    return float(element.attrib[name])


def texts(root: ET.Element) -> list[Area]:
    """Return the areas of texts; one along an arrow leans so little that it is taken for level."""
    found = []
    for element in root.iter(f"{_SVG}text"):
        content, css = "".join(element.itertext()), element.get("class", "")
        column = next((width for name, width in _COLUMN.items() if name in css.split()), _MONO_COLUMN)
        width, x, y = cell_len(content) * column, number(element, "x"), number(element, "y")
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[element.attrib["text-anchor"]]
        found.append(Area(left, y - _ASCENT, left + width, y + _DESCENT, content))
    return found


def bars(root: ET.Element) -> list[Area]:
    """Return the areas of calls."""
    return [
        Area(x, y, x + number(element, "width"), y + number(element, "height"), "bar")
        for element in root.iter(f"{_SVG}rect")
        if element.get("class", "").startswith("bar")
        for x, y in [(number(element, "x"), number(element, "y"))]
    ]


def wires(root: ET.Element) -> list[ET.Element]:
    """Return the lines of the arrows."""
    return [line for group in root.iter(f"{_SVG}g") for line in group.iter(f"{_SVG}line")]


def pairs_on_each_other(areas: list[Area]) -> list[tuple[str, str]]:
    """Return what lies on what."""
    return [(one.what, other.what) for one, other in itertools.combinations(areas, 2) if one.overlaps(other)]


CONVERSATIONS = [
    pytest.param(conversation, id=f"{name}-{at}")
    for name in TALKS
    for at, conversation in enumerate(followed(talk(name)))
]


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_no_text_lies_on_another_or_beyond_the_edge(conversation: Conversation, lang: Lang, *, explain: bool) -> None:
    """Whatever it says, in either language; an explanation makes a row higher, and without it there is room too."""
    root = parsed(conversation, lang=lang, explain=explain)
    areas = texts(root)
    assert pairs_on_each_other(areas) == []
    outside = [area.what for area in areas if area.left < 0 or area.right > number(root, "width")]
    assert outside == []


def test_each_note_makes_its_row_higher() -> None:
    """By a line, also where no explanation beside it does; the next arrow begins below them."""
    conversation = joined(session(), [])
    segment = conversation.segments[0]
    plain, segment.notes = (
        segment.notes,
        [Note(NoteKind.GSO, 2), Note(NoteKind.RETRANSMISSION, 1), Note(NoteKind.COPY, 3)],
    )
    root = parsed(conversation, explain=False)
    assert pairs_on_each_other(texts(root)) == []
    first, second, *_ = (number(wire, "y1") for wire in wires(root))
    segment.notes = plain
    usual, after, *_ = (number(wire, "y1") for wire in wires(parsed(conversation, explain=False)))
    assert (first, second) == (usual, after + 3 * _NOTE)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_calls_and_their_texts_have_room(lang: Lang) -> None:
    """Beside the bars, beside the lifelines, beside each other."""
    root = parsed(joined(session(), session_calls()), lang=lang, explain=False)
    assert len(bars(root)) == len(session_calls())
    assert pairs_on_each_other([*texts(root), *bars(root)]) == []
    lifelines = [Area(x - _HALF_LIFELINE, 0, x + _HALF_LIFELINE, 9_999, "life") for x in (_CLIENT_X, _SERVER_X)]
    assert not [bar for bar in bars(root) for life in lifelines if bar.overlaps(life)]


def test_an_arrow_goes_from_lifeline_to_lifeline() -> None:
    """It begins at its sender's inner edge, and its tip is at the receiver's, a little lower."""
    root = parsed(joined(session(), session_calls()))
    left, right = _CLIENT_X + _HALF_LIFELINE, _SERVER_X - _HALF_LIFELINE
    arrows = [group for group in root.iter(f"{_SVG}g") if group.find(f"{_SVG}polygon") is not None]
    found = []
    for group in arrows:
        wire, tip = group.find(f"{_SVG}line"), group.find(f"{_SVG}polygon")
        assert wire is not None
        assert tip is not None
        tip_x, tip_y = map(float, re.findall(r"translate\(([\d.]+) ([\d.]+)\)", tip.attrib["transform"])[0])
        assert number(wire, "y1") < number(wire, "y2") == tip_y
        assert abs(number(wire, "x2") - tip_x) < 10
        found.append((number(wire, "x1"), tip_x))
    rightwards, leftwards = (left, right), (right, left)
    assert found == [
        rightwards if segment.sender == "client" else leftwards for segment in joined(session(), []).segments
    ]


def test_a_bar_is_as_long_as_its_call() -> None:
    """connect() reaches from its entry, above the SYN, to its return, below the SYN,ACK."""
    root = parsed(joined(session(), session_calls()))
    syn, syn_ack, ack, *_ = (number(wire, "y1") for wire in wires(root))
    spanning = [bar for bar in bars(root) if bar.top < syn < syn_ack < bar.bottom]
    assert [bar.right < _CLIENT_X for bar in spanning] == [True, False]  # connect(), and accept()
    assert spanning[0].bottom < ack < spanning[1].bottom


def test_a_fold_is_between_what_was_before_and_after() -> None:
    """Its box covers no text but its own."""
    root = parsed(joined(transfer(400), []), explain=False)
    (box,) = (rect for rect in root.iter(f"{_SVG}rect") if rect.get("class") == "fold")
    area = Area(
        number(box, "x"),
        number(box, "y"),
        number(box, "x") + number(box, "width"),
        number(box, "y") + number(box, "height"),
        "fold",
    )
    within = [text.what for text in texts(root) if text.overlaps(area)]
    assert within
    assert "…" in within[0]
    assert all(text.startswith("…") or text.endswith("…") or "→" in text or "ACK" in text for text in within)


def test_the_number_of_a_large_capture_has_room_beside_the_time() -> None:
    """Seven digits."""
    conversation = joined(session(), [])
    for segment in conversation.segments:
        segment.frame += 1_234_567
    assert pairs_on_each_other(texts(parsed(conversation, explain=False))) == []
