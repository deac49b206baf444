"""The edge of `read`: files, standard streams, exit code."""

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from services.scope.calls.assemble import Assembler
from services.scope.calls.traces import LOOK_BYTES
from services.scope.capture.frames import CaptureError
from services.scope.document import document
from services.scope.model import Conversation
from services.scope.read.call_files import call_files
from services.scope.read.reading import Reading
from services.scope.read.settings import ReadSettings
from shared.console import Console, forget
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid


def main(arguments: list[str]) -> int:
    """Read and show; return the exit code: 0 something was shown, 1 there was nothing to show, 2 a file is wrong."""
    try:
        settings = ReadSettings.load(arguments)
        with ExitStack() as files:
            capture = _opened(settings.file, "FILE", files)
            assembler = Assembler(call_files(settings.calls, partial(_opened, files=files), capture, _say))
            reading = Reading(capture, assembler, () if settings.port is None else (settings.port,))
            _show(reading, settings)
    except (SettingsInvalid, CaptureError) as error:
        _say(f"{settings.file}: {error}" if isinstance(error, CaptureError) else str(error))
        return EXIT_BAD_SETTINGS
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        forget(sys.stdout)  # whoever read the ladders has seen enough
        return 0
    except OSError as error:
        forget(sys.stdout)
        _say(f"the output cannot be written ({error.strerror})")
        return 1
    for remark in reading.remarks:
        _say(f"{settings.file}: {remark}")
    if settings.conversation is not None and settings.conversation > reading.given > 0:
        _say(f"--conversation is {settings.conversation}: there are {reading.given}")
        return 1
    return 0 if reading.given else 1


def _opened(name: str, setting: str, files: ExitStack) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    try:
        return files.enter_context(Path(name).open("rb", buffering=LOOK_BYTES))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingsInvalid(f"{setting} is {name!r}: cannot be read ({why})") from None


def _show(reading: Reading, settings: ReadSettings) -> None:
    conversations = reading.run()
    if settings.conversation is not None:
        conversations = islice(conversations, settings.conversation - 1, settings.conversation)
    if settings.svg is not None:
        conversations = _pictured(conversations, settings.svg, settings)
    if settings.json:
        sys.stdout.buffer.writelines(document(conversations, reading.rest))
    else:
        # Arrows are not in every encoding; a ladder with question marks is better than none.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        from services.scope.draw.terminal import draw  # noqa: PLC0415 -- see _pictured

        console = Console(highlight=False)
        for conversation in conversations:
            draw(conversation, console, explain=settings.explain, lang=settings.lang)
    sys.stdout.flush()


def _pictured(conversations: Iterator[Conversation], path: Path, settings: ReadSettings) -> Iterator[Conversation]:
    """Pass conversations on, and write a picture of the first."""
    # Data are to be had where only they are asked for, without what it takes to draw.
    from services.scope.draw.svg import picture  # noqa: PLC0415 -- see above

    for number, conversation in enumerate(conversations):
        if number == 0:
            try:
                path.write_text(picture(conversation, explain=settings.explain, lang=settings.lang), encoding="utf-8")
            except OSError as error:
                raise SettingsInvalid(f"--svg is {str(path)!r}: cannot be written ({error.strerror})") from None
        yield conversation


def _say(line: str) -> None:
    sys.stderr.write(f"scope: {line}\n")
