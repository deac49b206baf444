"""The phrases on what was seen at several points."""

import re
from dataclasses import fields

from services.scope.vantages import SpentOn
from services.scope.words import ways
from tests.unit.services.scope.words.test_zh import texts


def test_both_languages_say_the_same_values() -> None:
    """None is missing in one of them."""
    for field in fields(ways.WayPhrases):
        english, chinese = (texts(getattr(table, field.name)) for table in (ways.EN, ways.ZH))
        for one, other in zip(english, chinese, strict=True):
            assert sorted(re.findall(r"\{\w+\}", one)) == sorted(re.findall(r"\{\w+\}", other)), field.name


def test_each_thing_that_time_is_spent_on_has_its_words() -> None:
    """In both languages."""
    assert set(ways.EN.spent_on) == set(ways.ZH.spent_on) == set(SpentOn)
