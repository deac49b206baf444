"""A ladder's JSON as what is read: its conversations, as if they came out of a capture."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from services.scope.gaps import Remark
from services.scope.model import Conversation
from services.scope.recorded import NotALadder
from services.scope.recorded.recording import Recording, recording
from services.scope.words.words import Words

# All of it is in memory at once, and as Python's objects ten times that.
MAX_BYTES = 67_108_864


class Ladders:
    """What a document holds; it has what a Reading has."""

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
        """Return what was said of the whole when the document was written, in the language that it has it in."""
        return self._recording.notes if self._is_through else []

    def rest(self) -> dict[str, Any]:
        """Return what the document has behind its conversations."""
        if not self._is_through:
            return {"calls": [], "notes": []}
        return {"calls": self._recording.calls, "notes": self._recording.notes}
