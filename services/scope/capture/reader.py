"""Reading a capture, whichever of the two formats it has."""

from collections.abc import Iterator
from typing import BinaryIO

from services.scope.capture.frames import Frame, NotACapture, Source
from services.scope.capture.pcap import MAGICS, read_pcap
from services.scope.capture.pcapng import SECTION, read_pcapng


def read_capture(stream: BinaryIO) -> Iterator[Frame]:
    """Give a capture's frames, one by one in bounded memory, as they come.

    Raises NotACapture before the first, or CaptureDamaged after the last whole one.
    """
    source = Source(stream)
    source.has(4)
    start = source.data[:4]
    if start in MAGICS:
        yield from read_pcap(source)
    elif start == SECTION:
        yield from read_pcapng(source)
    else:
        raise NotACapture(start)
