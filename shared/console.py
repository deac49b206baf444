"""A console for people whose broken pipe is an error like any other, so that the edge decides about the exit code."""

import os
from typing import TextIO

from rich.console import Console as RichConsole


class Console(RichConsole):
    """rich's console, except that rich itself would end the process when the reader of a pipe has left."""

    def on_broken_pipe(self) -> None:
        """Let the BrokenPipeError through; rich calls this in its `except` block."""
        raise  # noqa: PLE0704 -- the error that rich has just caught


def forget(stream: TextIO) -> None:
    """Discard what is still buffered for a stream: at exit Python would try to write it, and fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
