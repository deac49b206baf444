"""Shows conversations as they are read: as JSON, as a table, as ladders, as a picture."""

import io
import os
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from services.scope.document import document
from services.scope.model import Conversation
from services.scope.read.choosing import Numbers
from services.scope.read.settings import ReadSettings
from services.scope.read.verdict import Verdict
from services.scope.words.words import Lang, Words
from shared.console import Console

if TYPE_CHECKING:  # loaded only where a page is asked for: see edge
    from services.scope.read.exporting import Export

# With more conversations than this a table is shown instead of ladders, unless --conversation chose some.
_MANY = 10

# Width where there is no terminal that has one, and COLUMNS is not set.
_COLUMNS = 100

Numbered: TypeAlias = tuple[int, Conversation]


class Input(Protocol):
    """Where conversations come from: a capture, or a ladder's JSON."""

    given: int

    def run(self) -> Iterator[Conversation]:
        """Give them, one after another."""

    def remarks(self, words: Words) -> list[str]:
        """Say of the whole what there is to say, once all of it was read."""

    def rest(self) -> dict[str, Any]:
        """Return what is of none of them."""


class Picture:
    """The picture of one conversation; `svg` is empty until it is drawn."""

    def __init__(self, lang: Lang, *, explain: bool) -> None:
        self.svg = ""
        self._lang = lang
        self._explain = explain

    def draw(self, conversation: Conversation) -> None:
        """Draw a conversation."""
        from services.scope.draw.svg import picture  # noqa: PLC0415 -- see _print

        self.svg = picture(conversation, explain=self._explain, lang=self._lang)


def show(
    reading: Input, settings: ReadSettings, verdict: Verdict, picture: Picture | None, export: "Export | None"
) -> int:
    """Read, print and judge the conversations, and keep them for other files; return how many there were."""
    shown = 0

    def count(conversations: Iterator[Numbered]) -> Iterator[Numbered]:
        nonlocal shown
        for one in conversations:
            shown += 1
            yield one

    conversations = count(_choose(enumerate(reading.run(), 1), settings))
    if verdict:
        conversations = verdict.watch(conversations)
    if picture is not None:
        conversations = _pictured(conversations, picture, settings.conversation)
    if export is not None:
        conversations = _exported(conversations, export, settings.conversation)
    if settings.json:
        sys.stdout.buffer.writelines(document((conversation for _, conversation in conversations), reading.rest))
    else:
        # Arrows are not in every encoding; a ladder with question marks is better than none.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        _print(conversations, settings)
    sys.stdout.flush()
    verdict.end()
    return shown


def _choose(conversations: Iterator[Numbered], settings: ReadSettings) -> Iterator[Numbered]:
    """Give the chosen conversations; stop reading after the last number of --conversation, unless all are listed."""
    numbers, choice = settings.conversation, settings.choice
    if numbers is not None and not settings.table:
        conversations = (one for one in islice(conversations, numbers.last) if one[0] in numbers)
    return (one for one in conversations if choice.takes(one[1]))


def _print(conversations: Iterator[Numbered], settings: ReadSettings) -> None:
    # Imported only here: --json works without the drawing libraries.
    from services.scope.draw.table import draw_table, summary  # noqa: PLC0415 -- see above
    from services.scope.draw.terminal import draw  # noqa: PLC0415 -- see above

    is_known = sys.stdout.isatty() or os.environ.get("COLUMNS")
    console = Console(highlight=False, width=None if is_known else _COLUMNS)
    console.size = console.size  # asked for once, not several times for each of thousands of ladders
    numbers, is_listed = settings.conversation, settings.table
    summaries, ladders = [], list[Conversation]()
    for number, conversation in conversations:
        if numbers is not None and not settings.table:
            draw(conversation, console, explain=settings.explain, lang=settings.lang)
            continue
        summaries.append(summary(number, conversation))
        if not is_listed or (numbers is not None and number in numbers):
            ladders.append(conversation)
        if not is_listed and len(ladders) > _MANY:
            is_listed = True
            ladders.clear()
    if is_listed and summaries:
        draw_table(summaries, console, settings.lang, settings.sort)
    for conversation in ladders:
        draw(conversation, console, explain=settings.explain, lang=settings.lang)


def _pictured(conversations: Iterator[Numbered], picture: Picture, numbers: Numbers | None) -> Iterator[Numbered]:
    """Pass conversations on, and draw a picture of the first chosen one."""
    for number, conversation in conversations:
        if not picture.svg and (numbers is None or number in numbers):
            picture.draw(conversation)
        yield number, conversation


def _exported(conversations: Iterator[Numbered], export: "Export", numbers: Numbers | None) -> Iterator[Numbered]:
    """Pass conversations on, and keep the chosen ones for the HTML file."""
    for number, conversation in conversations:
        if numbers is None or number in numbers:
            export.add(number, conversation)
        yield number, conversation
