"""The ladder as a picture."""

import re
from xml.etree import ElementTree as ET

import pytest

from services.scope.calls.assemble import Assembler
from services.scope.draw.svg import picture
from services.scope.words.words import Lang
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import followed
from tests.unit.services.scope.ladder.test_folding import transfer

_SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    """Return the texts of a picture."""
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{_SVG}text")]  # noqa: S314 - our own


def test_a_picture_has_what_the_terminal_has() -> None:
    """Calls, segments, states, notes, and what was found."""
    found = "\n".join(texts(picture(joined(session(), session_calls()))))
    for piece in (
        "connect()",
        "= 0 after 1200.0 us",
        "SYN,ACK seq=0 ack=1",
        "SYN-RECEIVED",
        "TIME-WAIT",
        "FIN carries the ACK (three-segment teardown)",
        "all 7 causal rules hold",
    ):
        assert piece in found


def test_a_picture_needs_nothing_else() -> None:
    """No script, font, style sheet or image from elsewhere."""
    svg = picture(joined(session(), session_calls()), explain=True)
    assert re.findall(r"https?://[^\s\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|@import|url\(|href", svg)


@pytest.mark.parametrize("name", TALKS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_is_within_the_picture(name: str, lang: Lang) -> None:
    """Nothing is drawn below its lower edge, or beside it."""
    for conversation in followed(talk(name)):
        Assembler(session_calls()).complete(conversation)
        root = ET.fromstring(picture(conversation, explain=True, lang=lang))  # noqa: S314 - our own
        for element in root.iter(f"{_SVG}text"):
            assert 0 < float(element.attrib["y"]) < float(root.attrib["height"])
            assert 0 < float(element.attrib["x"]) < float(root.attrib["width"])


def test_an_explanation_stands_beside_its_row() -> None:
    """In the language that is asked for."""
    conversation = joined(session(), session_calls())
    assert "三次握手完成" in "".join(texts(picture(conversation, explain=True, lang="zh")))
    assert not any("三次握手" in text for text in texts(picture(conversation)))


def test_a_long_transfer_is_a_box() -> None:
    """Not hundreds of arrows."""
    svg = picture(joined(transfer(400), []))
    assert svg.count('class="fold"') == 1
    assert svg.count("<polygon") < 20


def test_a_conversation_without_packets_is_drawn() -> None:
    """Its calls, on two lifelines."""
    assembler = Assembler(session_calls())
    (conversation,) = assembler.rest()
    assert "connect() = 0" in texts(picture(conversation))


def test_a_time_and_a_long_number_do_not_overlap() -> None:
    """The picture has as much more room on its left as a number of six digits takes; a digit is 7 pixels at most."""
    conversation = joined(session(), [])
    for segment in conversation.segments:
        segment.frame += 123_450
    root = ET.fromstring(picture(conversation))  # noqa: S314 - our own
    found = {"".join(element.itertext()): float(element.attrib["x"]) for element in root.iter(f"{_SVG}text")}
    left, _, width, _ = map(int, root.attrib["viewBox"].split())
    number = found["#123451"]
    assert found["0.0 us"] <= number - 7 * len("#123451")
    assert found["9000.0 us"] - 7 * len("9000.0 us") >= left
    assert (int(root.attrib["width"]), left + width) == (width, 1040)
