"""The elements of a picture."""

from xml.etree import ElementTree as ET

from services.scope.draw.svg_style import STYLE, box, escaped, line, text


def test_a_text_cannot_break_the_picture() -> None:
    """Neither by XML's own characters nor by those that XML cannot have."""
    assert escaped('<b> & "q"\x00\x1b') == "&lt;b&gt; &amp; &quot;q&quot;"


def test_elements_are_xml() -> None:
    """Each by itself."""
    for element in (text(1, 2, "a < b", "why", "end"), line(0, 1, 2, 3.5, "life"), box(0, 0, 9, 9, "bar")):
        ET.fromstring(element)  # noqa: S314 - our own


def test_a_picture_is_for_light_and_dark() -> None:
    """Every colour of the one is there for the other."""
    light, _, dark = STYLE.partition("@media (prefers-color-scheme: dark)")
    for name in ("--page", "--ink", "--open", "--data", "--end", "--bad", "--bar"):
        assert f"{name}:" in light
        assert f"{name}:" in dark
