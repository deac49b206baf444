"""The lessons: recorded ladders with their text in two languages, which is that of their README."""

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.scope.page.shelf import Kept
from services.scope.recorded.recording import recording
from services.scope.words.words import Lang

# In the tree as in the image.
FOLDER = Path(__file__).parents[3] / "docs/lessons"

_READMES: dict[Lang, str] = {"en": "README.md", "zh": "README.zh-CN.md"}

# A piece of a paragraph: "text" or "code", and its characters.
Piece: TypeAlias = tuple[str, str]


@dataclass
class _Part:
    """A ladder of a lesson: its file's name, and in each language a label and what is told of it, by paragraph."""

    name: str
    label: dict[Lang, str] = field(default_factory=dict)
    text: dict[Lang, list[list[Piece]]] = field(default_factory=dict)


class Lessons:
    """Those of a folder; none where there is no such folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        titles: list[dict[Lang, str]] = []
        parts: list[list[_Part]] = []
        for lang, readme in _READMES.items():
            if (folder / readme).exists():
                _read(MarkdownIt().parse((folder / readme).read_text(encoding="utf-8")), lang, titles, parts)
        self.contents: list[dict[str, Any]] = [
            {"title": title, "parts": [{"name": part.name, "label": part.label, "text": part.text} for part in of_it]}
            for title, of_it in zip(titles, parts, strict=True)
        ]
        self._numbers = {part.name: number for number, part in enumerate((one for of_it in parts for one in of_it), 1)}
        # Each is read when it is asked for; there are few.
        self._load = lru_cache(maxsize=None)(self._read_one)

    def get(self, name: str) -> Kept | None:
        """Return the ladder of this name, if there is one."""
        return self._load(name) if name in self._numbers and self._path(name).exists() else None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _read_one(self, name: str) -> Kept:
        (conversation,) = recording(self._path(name).read_bytes()).conversations
        return Kept(self._numbers[name], conversation, {})


def _read(tokens: list[Token], lang: Lang, titles: list[dict[Lang, str]], parts: list[list[_Part]]) -> None:
    """Take in one language's README: a heading of the second level begins a lesson, a picture a ladder of it.

    What follows is its text; a paragraph that begins with a link says which test it is, for readers of the tree.
    """
    lesson, part = -1, -1
    for opened, token in pairwise(tokens):
        children = token.children or []
        if opened.type == "heading_open" and opened.tag == "h2":
            lesson, part = lesson + 1, -1
            if lesson == len(titles):
                titles.append({})
                parts.append([])
            titles[lesson][lang] = "".join(characters for _, characters in _pieces(children))
        elif opened.type != "paragraph_open" or lesson < 0 or children[0].type == "link_open":
            continue
        elif children[0].type == "image":
            part += 1
            if part == len(parts[lesson]):
                parts[lesson].append(_Part(Path(str(children[0].attrs["src"])).stem))
            parts[lesson][part].label[lang] = children[0].content
            parts[lesson][part].text[lang] = []
        elif part >= 0:
            parts[lesson][part].text[lang].append(_pieces(children))


def _pieces(children: list[Token]) -> list[Piece]:
    pieces: list[Piece] = []
    for token, then in zip(children, [*children[1:], None], strict=True):
        if token.type == "softbreak":
            before = pieces[-1][1] if pieces else ""
            pieces.append(("text", "" if then and _is_wide(before[-1:]) and _is_wide(then.content[:1]) else " "))
        elif token.content:
            pieces.append(("code" if token.type == "code_inline" else "text", token.content))
    return pieces


def _is_wide(character: str) -> bool:
    """Tell whether it is Chinese, which has no spaces between words: a line's end is none, either."""
    return bool(character) and unicodedata.east_asian_width(character) in "WF"
