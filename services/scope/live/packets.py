"""Keeps the latest packets until their conversations are over, for the page to show and save them."""

from collections import deque
from collections.abc import Iterable

from services.scope.capture.frames import Frame
from services.scope.model import Conversation
from shared.pcap import record

# Of all together, with what Python needs for each: its number in two places, the frame, its numbers, its bytes.
MAX_BYTES = 4_194_304
_BYTES_BESIDES = 320

# Of one conversation: the first ones. What is folded away in its ladder is not kept here, either.
MAX_BYTES_OF_ONE = 131_072


class RecentPackets:
    """Bounded: past `max_bytes` the oldest go. A frame is found by its number in the capture."""

    def __init__(self, max_bytes: int = MAX_BYTES, max_bytes_of_one: int = MAX_BYTES_OF_ONE) -> None:
        self._max_bytes = max_bytes
        self._max_bytes_of_one = max_bytes_of_one
        self._frames: dict[int, Frame] = {}
        self._order: deque[int] = deque()
        self._bytes = 0

    def add(self, frames: Iterable[Frame]) -> None:
        """Keep frames."""
        for frame in frames:
            self._frames[frame.number] = frame
            self._order.append(frame.number)
            self._bytes += len(frame.captured) + _BYTES_BESIDES
        while self._bytes > self._max_bytes:
            self._bytes -= len(self._frames.pop(self._order.popleft()).captured) + _BYTES_BESIDES

    def of(self, conversation: Conversation) -> dict[int, bytes]:
        """Return the records (shared.pcap) of a conversation's packets that are kept, by the index of their segment."""
        records, size = {}, 0
        for index, segment in enumerate(conversation.segments):
            frame = self._frames.get(segment.frame)
            if frame is not None and size + len(frame.captured) <= self._max_bytes_of_one:
                size += len(frame.captured)
                records[index] = record(frame.t_ns, frame.captured, frame.original_length)
        return records
