"""One of the captures that are read: its frames, followed into conversations of its own."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import CaptureDamaged, Frame, NotACapture, Oddity
from services.scope.capture.reader import read_capture
from services.scope.model import Conversation
from services.scope.tcp.follow import MAX_BYTES, Follower


class CaptureFile:
    """A capture, what it had so far, and what was odd about it; `vantage` is its name where there are several."""

    def __init__(
        self,
        name: str,
        stream: BinaryIO,
        server_ports: Collection[int] = (),
        *,
        vantage: str = "",
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.name = name
        self.vantage = vantage
        self.packets = 0  # with TCP in them
        self.span_ns = (0, 0)  # of the packets
        self.odd: Counter[Oddity] = Counter()
        self.damage: CaptureDamaged | None = None
        self.decoder = Decoder()
        self.follower = Follower(server_ports, max_bytes=max_bytes)
        self._stream = stream

    def frames(self) -> Iterator[Frame]:
        """Give its frames, up to where it is damaged. Raises NotACapture."""
        try:
            yield from read_capture(self._stream, self.odd)
        except CaptureDamaged as damage:
            self.damage = damage
        except NotACapture as error:
            raise NotACapture(error.start, self.name) from None

    def feed(self, frame: Frame) -> bool:
        """Take a frame; return whether there is TCP in it."""
        packet = self.decoder.decode(frame)
        if packet is None:
            return False
        self.span_ns = self.span_ns[0] or packet.t_ns, packet.t_ns
        self.follower.feed(packet)
        self.packets += 1
        return True

    def take(self) -> list[Conversation]:
        """Return the conversations that are over by now, as its clock goes."""
        return self.follower.take(self.span_ns[1])


def capture_files(names: Sequence[str], streams: Sequence[BinaryIO], ports: Collection[int]) -> list[CaptureFile]:
    """Return captures that are read together. They share the memory that one may take."""
    vantages = vantages_of(names)
    return [
        CaptureFile(name, stream, ports, vantage=vantage, max_bytes=MAX_BYTES // len(names))
        for name, stream, vantage in zip(names, streams, vantages, strict=True)
    ]


def vantages_of(names: Sequence[str]) -> list[str]:
    """Return what the points are called where these files come from: the stems, or what tells them apart."""
    stems = ["stdin" if name == "-" else Path(name).name.split(".")[0] or name for name in names]
    found = stems if len(set(stems)) == len(stems) else list(names)
    return [
        name if found.count(name) == 1 else f"{name} ({found[:at].count(name) + 1})" for at, name in enumerate(found)
    ]
