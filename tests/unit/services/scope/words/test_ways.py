"""The phrases on what was seen at several points."""

import re
from dataclasses import fields

from services.scope.words import ways


def test_both_languages_say_the_same_values() -> None:
    """None is missing in one of them."""
    for field in fields(ways.WayPhrases):
        english, chinese = (getattr(table, field.name) for table in (ways.EN, ways.ZH))
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese)), field.name
