"""The latest conversations, kept in bounded memory, and written to a file on request."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from services.scope.document import document
from services.scope.model import Conversation

MAX_CONVERSATIONS = 200

# Of all of them together; a segment takes half a KiB.
MAX_SEGMENTS = 32_768


class Latest:
    """At most so many conversations, with so many segments in all; beyond that the oldest is dropped."""

    def __init__(self, max_conversations: int = MAX_CONVERSATIONS, max_segments: int = MAX_SEGMENTS) -> None:
        self._max_conversations = max_conversations
        self._max_segments = max_segments
        self._kept: deque[Conversation] = deque()
        self._segments = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._kept)

    def __iter__(self) -> Iterator[Conversation]:
        """Give them, oldest first."""
        return iter(self._kept)

    def add(self, conversation: Conversation) -> None:
        """Keep one, which is not changed any more."""
        self._kept.append(conversation)
        self._segments += len(conversation.segments)
        while len(self._kept) > 1 and (
            len(self._kept) > self._max_conversations or self._segments > self._max_segments
        ):
            self._segments -= len(self._kept.popleft().segments)

    def write(self, path: Path) -> None:
        """Write them as one document (services.scope.document); a reader sees the old file or the new one, whole.

        Raises OSError.
        """
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.writelines(document(self._kept, lambda: {"calls": [], "notes": []}))
        unfinished.replace(path)
