"""What of a reading is shown, and how: data, a table, ladders, a picture."""

import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from services.scope.document import document
from services.scope.model import Conversation
from services.scope.read.choosing import Numbers
from services.scope.read.reading import Reading
from services.scope.read.settings import ReadSettings
from services.scope.read.verdict import Verdict
from shared.console import Console
from shared.settings import SettingsInvalid

if TYPE_CHECKING:  # what it takes to make a page is there where one is asked for
    from services.scope.read.exporting import Export

# More ladders than somebody reads who did not ask for them: they are listed instead.
_MANY = 10

Numbered: TypeAlias = tuple[int, Conversation]


def show(reading: Reading, settings: ReadSettings, verdict: Verdict, export: "Export | None" = None) -> int:
    """Read, print what is asked for, judge it and keep it for a page; return how many conversations that was."""
    shown = 0

    def count(conversations: Iterator[Numbered]) -> Iterator[Numbered]:
        nonlocal shown
        for one in conversations:
            shown += 1
            yield one

    conversations = count(_choose(enumerate(reading.run(), 1), settings))
    if verdict:
        conversations = verdict.watch(conversations)
    if settings.svg is not None:
        conversations = _pictured(conversations, settings.svg, settings)
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
    """Give those that are asked for; with the last of the numbers the reading ends, unless all are listed."""
    numbers, choice = settings.conversation, settings.choice
    if numbers is not None and not settings.table:
        conversations = (one for one in islice(conversations, numbers.last) if one[0] in numbers)
    return (one for one in conversations if choice.takes(one[1]))


def _print(conversations: Iterator[Numbered], settings: ReadSettings) -> None:
    # Data are to be had where only they are asked for, without what it takes to draw.
    from services.scope.draw.table import draw_table, summary  # noqa: PLC0415 -- see above
    from services.scope.draw.terminal import draw  # noqa: PLC0415 -- see above

    console = Console(highlight=False)
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


def _pictured(conversations: Iterator[Numbered], path: Path, settings: ReadSettings) -> Iterator[Numbered]:
    """Pass conversations on, and write a picture of the first that is to be drawn."""
    from services.scope.draw.svg import picture  # noqa: PLC0415 -- see _print

    is_written = False
    for number, conversation in conversations:
        if not is_written and (settings.conversation is None or number in settings.conversation):
            is_written = True
            try:
                path.write_text(picture(conversation, explain=settings.explain, lang=settings.lang), encoding="utf-8")
            except OSError as error:
                raise SettingsInvalid(f"--svg is {str(path)!r}: cannot be written ({error.strerror})") from None
        yield number, conversation


def _exported(conversations: Iterator[Numbered], export: "Export", numbers: Numbers | None) -> Iterator[Numbered]:
    """Pass conversations on, and keep those that are to be drawn for one file."""
    for number, conversation in conversations:
        if numbers is None or number in numbers:
            export.add(number, conversation)
        yield number, conversation
