"""Writes the conversations that are kept into a file, when a signal asks for it."""

from pathlib import Path

from services.scope.document import document
from services.scope.page.shelf import Shelf


def write(shelf: Shelf, path: Path) -> None:
    """Write them as one document (services.scope.document); a reader sees the old file or the new one, whole.

    Raises OSError.
    """
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.writelines(document((kept.conversation for kept in shelf), lambda: {"calls": [], "notes": []}))
    unfinished.replace(path)
