"""Reads the scope's own JSON (`--json`) in the place of captures."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from services.scope.gaps import Remark
from services.scope.ladder.rows import begin_ns
from services.scope.model import Conversation
from services.scope.recorded import NotALadder
from services.scope.recorded.recording import Recording, recording
from services.scope.words.words import Words

# Whole documents are in memory at once; as Python objects they take ten times as much. Several share this.
MAX_BYTES = 67_108_864

_ENGLISH = Words("en")


class Ladders:
    """The conversations of one document, or of several in the order in which they began; used like a Reading."""

    def __init__(self, names: Sequence[str], streams: Sequence[BinaryIO]) -> None:
        """Raise NotALadder."""
        self.given = 0
        left_bytes = MAX_BYTES
        self._recordings: list[tuple[str, Recording]] = []
        for name, stream in zip(names, streams, strict=True):
            one, size_bytes = _read(name, stream, left_bytes)
            left_bytes -= size_bytes
            self._recordings.append((name, one))
        self._is_through = False

    def run(self) -> Iterator[Conversation]:
        """Give the conversations."""
        found = [conversation for _, one in self._recordings for conversation in one.conversations]
        if len(self._recordings) > 1:
            found.sort(key=begin_ns)
        for conversation in found:
            self.given += 1
            yield conversation
        self._is_through = True

    def remarks(self, words: Words) -> list[str]:
        """Return the remarks that the documents have, in the language in which they have them; of several, whose."""
        found = [(name, note) for name, one in self._recordings if self._is_through for note in one.notes]
        if len(self._recordings) == 1:
            return [note for _, note in found]
        return [words.phrases.about_file.format(file=name, remark=note) for name, note in found]

    def rest(self) -> dict[str, Any]:
        """Return the fields that the document has after its conversations."""
        calls = [call for _, one in self._recordings if self._is_through for call in one.calls]
        return {"calls": calls, "notes": self.remarks(_ENGLISH)}


def _read(name: str, stream: BinaryIO, most_bytes: int) -> tuple[Recording, int]:
    """Return what is in a document, and its size. Raises NotALadder, with its name."""
    data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        why = Remark.LONG_JSON if most_bytes == MAX_BYTES else Remark.LONG_JSON_TOGETHER
        raise NotALadder(why, f"{MAX_BYTES:,}", name)
    try:
        return recording(data), len(data)
    except NotALadder as refused:
        raise NotALadder(refused.remark, refused.why, name) from None
