"""Reads the scope's own JSON (`--json`) in the place of a capture."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from services.scope.gaps import Remark
from services.scope.model import Conversation
from services.scope.recorded import NotALadder
from services.scope.recorded.recording import Recording, recording
from services.scope.words.words import Words

# The whole document is in memory at once; as Python objects it takes ten times as much.
MAX_BYTES = 67_108_864


class Ladders:
    """The conversations of a document; used like a Reading."""

    def __init__(self, stream: BinaryIO) -> None:
        """Raise NotALadder."""
        self.given = 0
        data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise NotALadder(Remark.LONG_JSON, f"{MAX_BYTES:,}")
        self._recording: Recording = recording(data)
        self._is_through = False

    def run(self) -> Iterator[Conversation]:
        """Give the conversations."""
        for conversation in self._recording.conversations:
            self.given += 1
            yield conversation
        self._is_through = True

    def remarks(self, _: Words) -> list[str]:
        """Return the remarks that the document has, in the language in which it has them."""
        return self._recording.notes if self._is_through else []

    def rest(self) -> dict[str, Any]:
        """Return the fields that the document has after its conversations."""
        if not self._is_through:
            return {"calls": [], "notes": []}
        return {"calls": self._recording.calls, "notes": self._recording.notes}
