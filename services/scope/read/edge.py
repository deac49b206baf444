"""The edge of `read`: files, standard streams, exit code."""

import errno
import io
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from services.scope.calls.assemble import Assembler
from services.scope.calls.traces import LOOK_BYTES
from services.scope.capture.frames import NotACapture
from services.scope.gaps import Remark
from services.scope.read.call_files import call_files
from services.scope.read.capture_file import capture_files
from services.scope.read.reading import Reading
from services.scope.read.settings import ReadSettings
from services.scope.read.showing import Input, Picture, show
from services.scope.read.verdict import EXIT_MISSED, Verdict
from services.scope.recorded import NotALadder
from services.scope.words.words import Words
from shared.console import forget
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.sink import complain

if TYPE_CHECKING:
    from services.scope.read.exporting import Export


def main(arguments: list[str]) -> int:
    """Read and show; return the exit code.

    0 something was shown, 1 there was nothing to show, 2 a file or flag is wrong, 99 an expectation was missed.
    """
    try:
        settings = ReadSettings.load(arguments)
    except SettingsInvalid as error:
        _say(str(error))
        return EXIT_BAD_SETTINGS
    return _read(settings, Words(settings.lang))


def _read(settings: ReadSettings, words: Words) -> int:
    if sys.stdout is None:  # closed by whoever started this
        _say(words.remark(Remark.OUTPUT_LOST, why=os.strerror(errno.EBADF)))
        return 1
    try:
        with ExitStack() as files:
            captures = [_opened(name, "FILE", files) for name in settings.files]
            reading = _source(captures, settings, files, words)
            verdict = Verdict(settings.expectations)
            picture = Picture(settings.lang, explain=settings.explain) if settings.svg is not None else None
            export = _export() if settings.html is not None else None
            shown = show(reading, settings, verdict, picture, export)
    except (_Unreadable, NotACapture, NotALadder) as error:
        _say(_refusal(error, settings.name, words))
        return EXIT_BAD_SETTINGS
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        forget(sys.stdout)  # the reader of the pipe has left
        _write(_pictures(settings, picture), words)  # it was drawn before the ladder was
        if settings.expectations.named:
            _say(words.remark(Remark.NOT_JUDGED))
        return 1 if settings.expectations.named else 0
    except OSError as error:
        forget(sys.stdout)
        _say(words.remark(Remark.OUTPUT_LOST, why=error.strerror))
        return 1
    code = _conclude(settings, reading, verdict, shown)
    return code if _write(_outputs(settings, verdict, picture, export), words) else EXIT_BAD_SETTINGS


class _Unreadable(Exception):
    """A file that cannot be opened: which flag names it, its name, and the system's reason."""

    def __init__(self, flag: str, name: str, why: object) -> None:
        self.flag, self.name, self.why = flag, name, why
        super().__init__(flag, name, why)


def _refusal(error: _Unreadable | NotACapture | NotALadder, file: str, words: Words) -> str:
    """Say why a file cannot be read."""
    if isinstance(error, _Unreadable):
        return words.remark(Remark.UNREADABLE, flag=error.flag, name=error.name, why=error.why)
    file = error.file or file
    if isinstance(error, NotALadder):
        return words.phrases.about_file.format(file=file, remark=words.remark(error.remark, why=error.why))
    kind = Remark.NOT_A_CAPTURE if error.start else Remark.EMPTY_FILE
    return words.phrases.about_file.format(file=file, remark=words.remark(kind, start=error.start.hex(" ")))


def _source(captures: Sequence[BinaryIO], settings: ReadSettings, files: ExitStack, words: Words) -> Input:
    """Return the reader for the kind of files that they are. Raises _Unreadable and NotALadder."""
    are_json = [_is_json(capture) for capture in captures]
    if any(are_json):
        # Imported only here: it loads a library for checking JSON, which a capture does not need.
        from services.scope.read.ladders import Ladders  # noqa: PLC0415 -- see above

        ladder = settings.files[are_json.index(True)]
        for flag, value in (("--calls", settings.calls), ("--port", settings.port)):
            if value:
                raise NotALadder(Remark.IS_JOINED, flag, ladder)
        if not all(are_json):
            raise NotALadder(Remark.AMONG_CAPTURES, settings.files[are_json.index(False)], ladder)
        return Ladders(settings.files, captures)
    calls = call_files(settings.calls, partial(_opened, files=files), captures[0], words, _say)
    ports = () if settings.port is None else (settings.port,)
    return Reading(capture_files(settings.files, captures, ports), Assembler(calls))


def _is_json(file: BinaryIO) -> bool:
    return isinstance(file, io.BufferedReader) and file.peek(LOOK_BYTES).lstrip()[:1] in (b"{", b"[")


def _export() -> "Export":
    # Imported only here: it loads what it takes to make a page.
    from services.scope.read.exporting import Export  # noqa: PLC0415 -- see above

    return Export()


def _pictures(settings: ReadSettings, picture: Picture | None) -> Iterator[tuple[str, Path, bytes]]:
    if settings.svg is not None and picture is not None and picture.svg:
        yield "--svg", settings.svg, picture.svg.encode()


def _outputs(
    settings: ReadSettings, verdict: Verdict, picture: Picture | None, export: "Export | None"
) -> Iterator[tuple[str, Path, bytes]]:
    """Give the files to write besides the main output: the flag that asks for it, its path and its content."""
    yield from _pictures(settings, picture)
    if settings.junit is not None:
        yield "--junit", settings.junit, verdict.junit(settings.name)
    if settings.html is not None and export is not None:
        yield "--html", settings.html, export.document(settings.name, settings.lang).encode()
        if export.left_out:
            _say(Words(settings.lang).remark(Remark.LEFT_OUT, export.left_out, kept=len(export.kept)))


def _write(outputs: Iterable[tuple[str, Path, bytes]], words: Words) -> bool:
    """Write these files; return whether all could be written."""
    is_whole = True
    for flag, path, content in outputs:
        try:
            path.write_bytes(content)
        except OSError as error:
            is_whole = False
            _say(words.remark(Remark.UNWRITABLE, flag=flag, name=str(path), why=error.strerror))
    return is_whole


def _conclude(settings: ReadSettings, reading: Input, verdict: Verdict, shown: int) -> int:
    """Print the remarks on the capture and what was missed; return the exit code."""
    words = Words(settings.lang)
    for remark in reading.remarks(words):
        is_alone = len(settings.files) == 1  # else it says itself which of them it is about
        _say(words.phrases.about_file.format(file=settings.name, remark=remark) if is_alone else remark)
    if settings.conversation is not None and settings.conversation.last > reading.given > 0:
        _say(words.remark(Remark.FEWER, reading.given, asked=settings.conversation))
    elif settings.choice and reading.given and not shown:
        _say(words.remark(Remark.NONE_CHOSEN, reading.given))
    for line in verdict.lines(words):
        _say(line)
    if verdict.is_missed:
        return EXIT_MISSED
    return 0 if shown or settings.expectations.conversations == 0 else 1


def _opened(name: str, setting: str, files: ExitStack) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    try:
        return files.enter_context(Path(name).open("rb", buffering=LOOK_BYTES))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise _Unreadable(setting, name, why) from None


def _say(line: str) -> None:
    complain("scope", line)
