"""One HTML file with conversations as ladders to step through; it works from disk, without any network access."""

import base64
import re
import zlib
from collections.abc import Iterable
from typing import Any

import orjson

from services.scope.draw.svg_style import STYLE
from services.scope.draw.view import View
from services.scope.notes import NAMES
from services.scope.page.headers import source_of
from services.scope.page.shelf import Kept
from services.scope.page.static import STATIC
from services.scope.page.walk import walk
from services.scope.words.words import Lang, Words

# More would make the file too large to send; the file says how many were left out.
MAX_CONVERSATIONS = 200

# A long conversation is folded in its picture, but the file has the header of every segment.
MAX_SEGMENTS = 10_000

_LANGUAGES: tuple[Lang, Lang] = ("en", "zh")


_LIST_STYLE = """
#list { max-height: 14rem; overflow: auto; margin: 0.5rem 0; padding: 0; list-style: none; }
#list button { width: 100%; text-align: left; white-space: pre-wrap; border-color: transparent; }
#list button.unusual { background: var(--warn); }
#list button[aria-current="true"] { border-color: var(--link); }
"""


# The modules are joined into one script, in which each finds what it would import above it.
_SCRIPTS = ("ladder/words.js", "panel.js", "ladder/curtain.js", "ladder/picture.js", "ladder/viewer.js", "export.js")
_STYLES = ("style.css", "ladder/ladder.css")
_IMPORT = re.compile(r"^import .*;$", re.MULTILINE)


def page(conversations: Iterable[Kept], lang: Lang = "en", *, own_numbers: bool = False, left_out: int = 0) -> str:
    """Return an HTML document with conversations: the first MAX_CONVERSATIONS, with the number of the others.

    `left_out` are those that the caller has left out already.
    """
    shown: list[dict[str, Any]] = []
    segments = 0
    for kept in conversations:
        segments += len(kept.conversation.segments)
        if len(shown) >= MAX_CONVERSATIONS or (shown and segments > MAX_SEGMENTS):
            left_out += 1
            continue
        views = (View(lang=language, own_numbers=own_numbers) for language in _LANGUAGES)
        walks = {view.lang: walk(kept.conversation, kept.packets, view) for view in views}
        lines = {language: _line(kept, language) for language in _LANGUAGES}
        shown.append({"row": kept.row(), "lines": lines, "walks": walks})
    return _document({"conversations": shown, "left_out": left_out}, lang)


def _line(kept: Kept, lang: Lang) -> str:
    """Return a conversation's line in the list; in English notes are called as on the command line."""
    words, conversation = Words(lang), kept.conversation
    ends, outcome = f"{conversation.client} → {conversation.server}", words.phrases.outcomes[conversation.outcome]
    notes = ", ".join(
        NAMES[kind] if lang == "en" else words.kind(kind) for kind in sorted(kept.kinds, key=lambda kind: NAMES[kind])
    )
    return f"#{kept.id}  {ends}  {outcome}{notes and f'  ({notes})'}"


def _document(data: dict[str, Any], lang: Lang) -> str:
    # Compressed it is a tenth of the size; and base64 cannot contain the tag that ends the element.
    packed = base64.b64encode(zlib.compress(orjson.dumps(data), 9)).decode()
    style = "".join(_read(name) for name in _STYLES) + _LIST_STYLE
    script = "".join(_IMPORT.sub("", _read(name)) for name in _SCRIPTS)
    styles = f"{source_of(style)} {source_of(STYLE)}"
    policy = f"default-src 'none'; script-src {source_of(script)}; style-src {styles}; base-uri 'none'"
    return f"""<!doctype html>
<html lang="{"zh-CN" if lang == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>echoscope</title>
<style>{style}</style>
</head>
<body>
<main>
<p class="name">echoscope</p>
<ul id="list"></ul>
<p id="left-out"></p>
<div class="bar"><h1 id="title"></h1> <p id="summary"></p></div>
<echo-ladder></echo-ladder>
</main>
<script id="data" type="text/plain">{packed}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
