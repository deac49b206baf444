"""The lessons: what their README says of each, and their ladders."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from pathlib import Path

import pytest

from services.scope.page.lessons import Lessons

_ENGLISH = """# Lessons

What they are about.

## 1. Two ends: `accept()`

![one](01-one.svg)

`accept()` waits
for it.

And more.

[`test_a`](a.py) · `make lessons`

![two](02-two.svg)

Two.

## 2. Another

![three](03-three.svg)

Three.
"""

_CHINESE = """# 课程

## 1. 两端：`accept()`

![一](01-one.svg)

`accept()` 等待
它，直到
ACK 到来。

![二](02-two.svg)

二。

## 2. 又一课

![三](03-three.svg)

三。
"""


@pytest.fixture
def lessons(tmp_path: Path) -> Lessons:
    """Give two lessons, one of them with two ladders."""
    (tmp_path / "README.md").write_text(_ENGLISH)
    (tmp_path / "README.zh-CN.md").write_text(_CHINESE)
    return Lessons(tmp_path)


def test_a_lesson_has_its_title_and_ladders_in_both_languages(lessons: Lessons) -> None:
    """In the order of the README."""
    first, second = lessons.contents
    assert first["title"] == {"en": "1. Two ends: accept()", "zh": "1. 两端：accept()"}
    assert [(part["name"], part["label"]) for part in first["parts"]] == [
        ("01-one", {"en": "one", "zh": "一"}),
        ("02-two", {"en": "two", "zh": "二"}),
    ]
    assert [part["name"] for part in second["parts"]] == ["03-three"]


def test_a_ladder_has_the_text_that_follows_it(lessons: Lessons) -> None:
    """Code apart from the rest; which test shows it is for readers of the tree."""
    text = lessons.contents[0]["parts"][0]["text"]["en"]
    assert text == [
        [("code", "accept()"), ("text", " waits"), ("text", " "), ("text", "for it.")],
        [("text", "And more.")],
    ]


def test_between_chinese_characters_the_end_of_a_line_is_nothing(lessons: Lessons) -> None:
    """Beside a word in another script it is a space."""
    ((*pieces,),) = lessons.contents[0]["parts"][0]["text"]["zh"]
    assert "".join(characters for _, characters in pieces) == "accept() 等待它，直到 ACK 到来。"


@pytest.mark.parametrize("name", ["01-one", "04-four", "README", "../01-one"])
def test_what_is_not_recorded_is_none(lessons: Lessons, name: str) -> None:
    """Nor is what no README names."""
    assert lessons.get(name) is None


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    """An image may be without."""
    assert Lessons(tmp_path / "nowhere").contents == []


def test_each_of_the_fifteen_is_recorded() -> None:
    """Each of their ladders, with a text in both languages."""
    found = Lessons()
    assert len(found.contents) == 15
    for part in (part for lesson in found.contents for part in lesson["parts"]):
        kept = found.get(part["name"])
        assert kept is not None
        assert kept.conversation.segments
        assert kept.conversation.calls or kept.conversation.vantages
        assert all(part["text"][lang] for lang in ("en", "zh"))
