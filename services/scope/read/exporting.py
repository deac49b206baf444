"""Writes the conversations of a capture as one HTML file, with the bytes of their packets."""

from collections.abc import Iterator
from pathlib import Path

from services.scope.capture.frames import CaptureError
from services.scope.capture.reader import read_capture
from services.scope.model import Conversation
from services.scope.page.export import MAX_CONVERSATIONS, MAX_SEGMENTS, page
from services.scope.page.shelf import Kept
from services.scope.words.words import Lang
from shared.pcap import record

# Enough for the headers and the beginning of the payload; more is not shown.
_PACKET_BYTES = 512


class Export:
    """The conversations for the file, up to its limits; `left_out` counts those beyond."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.left_out = 0
        self._segments = 0

    def add(self, number: int, conversation: Conversation) -> None:
        """Add a conversation, or count it as left out."""
        self._segments += len(conversation.segments)
        if len(self.kept) >= MAX_CONVERSATIONS or (self.kept and self._segments > MAX_SEGMENTS):
            self.left_out += 1
        else:
            self.kept.append(Kept(number, conversation, {}))

    def document(self, capture: str, lang: Lang) -> str:
        """Return the HTML; the packets' bytes are read from `capture` a second time, if that is a file."""
        if Path(capture).is_file():  # not standard input, nor a pipe
            self._add_packets(Path(capture))
        return page(self.kept, lang, left_out=self.left_out)

    def _add_packets(self, capture: Path) -> None:
        # Only now it is known which packets are wanted; keeping all of them would take too much memory.
        wanted = {
            segment.frame: (kept, index)
            for kept in self.kept
            for index, segment in enumerate(kept.conversation.segments)
        }
        for frame, t_ns, captured, original_length in _frames(capture, max(wanted, default=0)):
            found = wanted.get(frame)
            if found is not None:
                kept, index = found
                kept.packets[index] = record(t_ns, captured[:_PACKET_BYTES], original_length)


def _frames(capture: Path, last: int) -> Iterator[tuple[int, int, bytes, int]]:
    """Give number, time, bytes and length of each frame up to number `last`, as far as the file can be read."""
    try:
        with capture.open("rb") as stream:
            for frame in read_capture(stream):
                if frame.number > last:
                    return
                yield frame.number, frame.t_ns, frame.captured, frame.original_length
    except (CaptureError, OSError):
        return  # the first reading has reported what is wrong; the ladders are shown without bytes
