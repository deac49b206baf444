"""Each README and its Chinese twin say the same: headings, commands, settings, links."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.harness.processes import ROOT

TWINS = [(path / "README.md", path / "README.zh-CN.md") for path in (ROOT, ROOT / "docs" / "lessons")]
both = pytest.mark.parametrize(("english", "chinese"), TWINS, ids=lambda path: str(path.relative_to(ROOT)))

# A command as a reader would copy it, and the spans of code that hold names: both are the same in every language.
COMMAND = re.compile(r"`((?:[A-Z_]+=\S* )*(?:make|docker|dockerd|python) ?[^`]*|make)`")
NAME = re.compile(r"`((?:--|-|ECHO_|tests/|/)[^`]*)`")
NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def headings(text: str) -> list[tuple[int, list[str]]]:
    """Return each heading's level, with its number and the code in it."""
    found = re.findall(r"^(#+) (.*)$", _without_blocks(text), re.MULTILINE)
    return [(len(level), re.findall(r"^\d+|`[^`]+`", title)) for level, title in found]


def blocks(text: str) -> list[str]:
    """Return what is shown of a console."""
    return re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def links(text: str) -> list[str]:
    """Return where links and pictures lead, a twin's own lessons by their English name; anchors are in the language."""
    found = [target for target in re.findall(r"\]\(([^)]+)\)", _without_blocks(text)) if not target.startswith("#")]
    return sorted(target.replace("README.zh-CN.md", "README.md") for target in found)


def anchors(text: str) -> set[str]:
    """Return the anchors that links lead to."""
    return set(re.findall(r"\]\(#([^)]+)\)", text))


def settings(text: str) -> list[list[str]]:
    """Return variable, flag and default of each row of the settings table."""
    return [[cell.strip() for cell in line.split("|")[1:4]] for line in text.splitlines() if "| `ECHO_" in line]


def _without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@both
def test_headings_are_in_the_same_order(english: Path, chinese: Path) -> None:
    """Of the same levels, numbers and names."""
    assert headings(chinese.read_text()) == headings(english.read_text())


@both
def test_commands_and_what_they_print_are_the_same(english: Path, chinese: Path) -> None:
    """A reader can copy them from either."""
    ours, theirs = chinese.read_text(), english.read_text()
    assert blocks(ours) == blocks(theirs)
    for pattern in (COMMAND, NAME):
        found = [Counter(pattern.findall(_without_blocks(text).replace("\n", " "))) for text in (ours, theirs)]
        assert found[0] == found[1]


@both
def test_numbers_are_the_same(english: Path, chinese: Path) -> None:
    """A figure that was measured anew is new in both."""
    found = [Counter(NUMBER.findall(_without_blocks(path.read_text()))) for path in (english, chinese)]
    assert found[0] == found[1]


@both
def test_links_lead_to_the_same_places(english: Path, chinese: Path) -> None:
    """And each twin to the other, first of all."""
    ours, theirs = chinese.read_text(), english.read_text()
    assert links(ours) == links(theirs)
    assert "\n[English](README.md)\n" in ours.split("##")[0]
    assert "\n[中文](README.zh-CN.md)\n" in theirs.split("##")[0]


@pytest.mark.parametrize(
    "path", [path for twins in TWINS for path in twins], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_link_leads_somewhere(path: Path) -> None:
    """To a file that is there, or to a heading."""
    text = path.read_text()
    titles = re.findall(r"^#+ (.*)$", _without_blocks(text), re.MULTILINE)
    assert anchors(text) <= {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", _without_blocks(text)) if "://" not in target]
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_settings_tables_have_the_same_rows() -> None:
    """The same variables, flags and defaults, in the same order; each with a meaning of its own language."""
    english, chinese = TWINS[0]
    rows = settings(chinese.read_text())
    assert len(rows) > 40
    assert rows == settings(english.read_text())
    meanings = [line.split("|")[4] for line in chinese.read_text().splitlines() if "| `ECHO_" in line]
    assert [meaning for meaning in meanings if not re.search("[一-鿿]", meaning)] == []
