"""How a conversation is shown: drawn for people, as a line of JSON for machines."""

import io
from typing import TextIO

import orjson
from rich.console import Console

from services.scope.document import ladder
from services.scope.draw.terminal import draw
from services.scope.live.presenter import Show
from services.scope.live.settings import LiveSettings
from services.scope.model import Conversation


def output(stream: TextIO, settings: LiveSettings, columns: int | None) -> Show:
    """Return how to show a conversation on a stream, in the format of the log; `columns` is the width if it is set."""
    if settings.log_format == "console" or (settings.log_format == "auto" and stream.isatty()):
        return _drawn(stream, settings, columns)

    def as_json(conversation: Conversation) -> None:
        stream.write(orjson.dumps(ladder(conversation), option=orjson.OPT_APPEND_NEWLINE).decode())
        stream.flush()

    return as_json


def _drawn(stream: TextIO, settings: LiveSettings, columns: int | None) -> Show:
    # Arrows are not in every encoding; a ladder with question marks is better than none.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    console = Console(file=stream, highlight=False, width=columns)

    def as_drawing(conversation: Conversation) -> None:
        draw(conversation, console, explain=settings.explain, lang=settings.lang, own_numbers=True)
        stream.flush()

    return as_drawing
