"""Where and how conversations are shown: drawn for people, as a line of JSON for machines."""

from typing import TextIO

import orjson
from rich.console import Console

from services.scope.document import ladder
from services.scope.draw.line import line
from services.scope.draw.terminal import draw
from services.scope.live.presenter import Presenter
from services.scope.live.settings import LiveSettings
from services.scope.model import Conversation
from shared.log import Log
from shared.sink import Sink


def presenter(stream: TextIO, settings: LiveSettings, columns: int | None, log: Log) -> Presenter:
    """Return what shows conversations on a stream, in the format of the log; `columns` is the width if it is set.

    If the stream cannot be written to, what would have been shown is lost. Raises BrokenPipeError where the reader
    has left, which ends the scope.
    """
    output = _Output(stream, log)
    if settings.log_format == "console" or (settings.log_format == "auto" and stream.isatty()):
        return Presenter(_Drawn(output, stream, settings, columns), settings.show, log)
    # Each is one line already, and a program that reads them wants all of them.
    return Presenter(_Json(output), "none" if settings.show == "none" else "all", log)


class _Output:
    def __init__(self, stream: TextIO, log: Log) -> None:
        # Not every encoding has arrows; a ladder with question marks is better than none.
        self._encoding = stream.encoding
        self._sink = Sink(stream, lambda _, __: b"")
        self._log = log

    def write(self, text: str) -> None:
        sink = self._sink
        dropped, why = sink.dropped, sink.why
        sink.msg(text.encode(self._encoding, errors="replace"))
        if sink.reader_has_left:
            raise BrokenPipeError
        if dropped and not sink.dropped:
            self._log.warning("conversations_not_written", count=dropped, why=why)


class _Json:
    def __init__(self, output: _Output) -> None:
        self._output = output

    def draw(self, conversation: Conversation, _: int) -> None:
        self._output.write(orjson.dumps(ladder(conversation), option=orjson.OPT_APPEND_NEWLINE).decode())

    def tell(self, conversation: Conversation, number: int, _: int | None) -> None:
        self.draw(conversation, number)


class _Drawn:
    def __init__(self, output: _Output, stream: TextIO, settings: LiveSettings, columns: int | None) -> None:
        self._output = output
        self._console = Console(file=stream, highlight=False, width=columns)
        self._settings = settings

    def draw(self, conversation: Conversation, number: int) -> None:
        settings = self._settings
        with self._console.capture() as captured:
            self._console.print(f"#{number}", end=" ", style="bold")
            draw(conversation, self._console, explain=settings.explain, lang=settings.lang, own_numbers=True)
        self._output.write(captured.get())

    def tell(self, conversation: Conversation, number: int, like: int | None) -> None:
        with self._console.capture() as captured:
            self._console.print(line(conversation, number, like, self._settings.lang))
        self._output.write(captured.get())
