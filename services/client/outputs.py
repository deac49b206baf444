"""What the client writes beside its log: standard output, standard error and files, each of which may fail."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import orjson

from shared.console import forget
from shared.sink import complain


class OutputFailed(Exception):
    """Something could not be written; `str()` is one line: what, and why."""


def say(line: str) -> None:
    """Tell the user; where standard error is closed or full there is nobody to tell, and the work goes on."""
    complain("client", line)


@contextlib.contextmanager
def standard_output() -> Iterator[TextIO]:
    """Give standard output, and write what is buffered. Raises OutputFailed, and BrokenPipeError if nobody reads on."""
    if sys.stdout is None:
        raise OutputFailed("standard output is closed: nothing can be printed")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except OSError as error:
        forget(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise
        raise OutputFailed(f"standard output cannot be written ({error.strerror})") from None


def print_document(document: Any) -> None:
    """Print a document as one line of JSON on standard output; raise OutputFailed where somebody could not get it."""
    try:
        with standard_output() as stdout:
            stdout.buffer.write(orjson.dumps(document) + b"\n")
    except BrokenPipeError:
        raise OutputFailed("standard output is closed: nobody has read the result") from None


def write_file(path: Path, content: bytes) -> None:
    """Write a file; raise OutputFailed."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OutputFailed(f"{str(path)!r} cannot be written ({error.strerror})") from None


def why_unwritable(path: Path, inputs: Iterable[str] = ()) -> str | None:
    """Return why a file cannot be written, as far as that can be known before; None where it seems possible.

    A file that is read as well is refused: it would be empty by then, or lost.
    """
    try:
        if path.is_dir():
            return os.strerror(errno.EISDIR)
        target = path if path.exists() else path.parent
        if not target.exists():
            return os.strerror(errno.ENOENT)
        if not os.access(target, os.W_OK):
            return os.strerror(errno.EACCES)
        if any(_is_same(path, name) for name in inputs):
            return "it is read as well"
    except OSError as error:
        return error.strerror
    return None


def _is_same(path: Path, name: str) -> bool:
    with contextlib.suppress(OSError):
        return path.samefile(name)
    return False
