"""The style sheet."""

import re

from services.client.report.page.style import STYLE


def test_each_colour_is_there_in_light_and_dark() -> None:
    """One that is missing in the dark would be black on black."""
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    defined = set(re.findall(r"(--[a-z0-9]+):", light))
    assert set(re.findall(r"(--[a-z0-9]+):", dark)) == defined
    assert set(re.findall(r"var\((--[a-z0-9]+)\)", STYLE)) == defined


def test_nothing_is_fetched() -> None:
    """No font, no picture and no other sheet, from wherever."""
    assert not re.search(r"url\(|@import|@font-face|https?:", STYLE)


def test_it_can_stand_in_xml_as_it_is() -> None:
    """The page is read by parsers of both kinds."""
    assert not set("<&") & set(STYLE)
