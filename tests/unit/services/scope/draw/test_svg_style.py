"""The elements of a picture."""

import re
from xml.etree import ElementTree as ET

from services.scope.draw.svg_style import STYLE, box, escaped, line, text


def test_a_text_cannot_break_the_picture() -> None:
    """Neither by XML's own characters nor by those that XML cannot have."""
    assert escaped('<b> & "q"\x00\x1b') == "&lt;b&gt; &amp; &quot;q&quot;"


def test_elements_are_xml() -> None:
    """Each by itself."""
    for element in (text(1, 2, "a < b", "why", "end"), line(0, 1, 2, 3.5, "life"), box(0, 0, 9, 9, "bar")):
        ET.fromstring(element)  # noqa: S314 - our own


def colours(rules: str) -> dict[tuple[str, str], str]:
    """Return the colours that rules give, by selectors and property."""
    return {
        (selectors.strip(), name): colour
        for selectors, properties in re.findall(r"([^{}]+)\{([^{}]*)\}", rules)
        for name, colour in re.findall(r"(fill|stroke): ([^;]+);", properties)
    }


def test_a_picture_is_for_light_and_dark() -> None:
    """What has a colour in the one has another in the other."""
    light, _, dark = STYLE.partition("@media (prefers-color-scheme: dark) {")
    assert len(colours(light)) > 20
    assert colours(light).keys() == colours(dark).keys()
    assert not {item for item in colours(light).items() if item in colours(dark).items()}


def test_colours_are_literal() -> None:
    """Readers of SVG other than browsers know no custom properties, and paint everything black."""
    assert "var(" not in STYLE
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours(STYLE).values())
