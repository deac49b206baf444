"""A console for people whose broken pipe is an error like any other, so that the edge decides about the exit code."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console as RichConsole


class Console(RichConsole):
    """rich's console, except that rich itself would end the process when the reader of a pipe has left."""

    def on_broken_pipe(self) -> None:
        """Let the BrokenPipeError through; rich calls this in its `except` block."""
        raise  # noqa: PLE0704 -- the error that rich has just caught


class Fleeting:
    """A stream for what is drawn while something runs: where it cannot be written, the run goes on without it.

    A terminal that was closed, or whose connection was lost, refuses every write.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with self._without():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is still buffered, if that can be."""
        with self._without():
            self._stream.flush()

    @contextmanager
    def _without(self) -> Iterator[None]:
        try:
            yield
        except BlockingIOError:
            pass  # its reader is slow: the next picture is whole again
        except OSError:
            forget(self._stream)

    def __getattr__(self, name: str) -> Any:
        """Return what else the stream has: whether it is a terminal, its encoding."""
        return getattr(self._stream, name)


def forget(stream: TextIO) -> None:
    """Discard what is still buffered for a stream: at exit Python would try to write it, and fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
