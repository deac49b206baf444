"""The phrases in Chinese."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

import re
from collections.abc import Iterator
from dataclasses import fields

from services.scope.words import en, zh

_CHINESE = re.compile(r"[\u4e00-\u9fff]")

# A name, a number, a sign: the same in every language.
_WITHOUT_WORDS = {
    "",
    "GSO",
    "{file}：{remark}",
    "{lack}（{count}）",
    "{name}",
    "{service}：{subject}",
    "✗ {rule}：{detail}",
    "（{remarks}）",
    "，",
}


def texts(value: object) -> list[str]:
    """Return the texts of a field, whatever holds them."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    return [text for one in value for text in texts(one)] if isinstance(value, tuple) else [str(value)]


def test_nothing_is_left_in_english() -> None:
    """Each phrase has Chinese in it, but for the few that have no words."""
    phrases = [text for field in fields(zh.PHRASES) for text in texts(getattr(zh.PHRASES, field.name))]
    assert [text for text in phrases if not _CHINESE.search(text) and text not in _WITHOUT_WORDS] == []


def test_every_value_of_the_english_phrase_is_in_the_chinese_one() -> None:
    """And none that it does not have; where English has two forms, one may do for both."""
    for field in fields(zh.PHRASES):
        for english, chinese in _pairs(*(getattr(table.PHRASES, field.name) for table in (en, zh))):
            assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese)), english


def _pairs(theirs: object, ours: object) -> Iterator[tuple[str, str]]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        assert theirs.keys() == ours.keys()
        for key, value in theirs.items():
            yield from _pairs(value, ours[key])
        return
    english, chinese = texts(theirs), texts(ours)
    yield from zip(english, chinese if len(chinese) > 1 else chinese * len(english), strict=True)
