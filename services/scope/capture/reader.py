"""Reading a capture, whichever of the two formats it has, compressed or not."""

from collections import Counter
from collections.abc import Iterator

from services.scope.capture.frames import Frame, NotACapture, Oddity, Readable, Source
from services.scope.capture.pcap import MAGICS, read_pcap
from services.scope.capture.pcapng import SECTION, read_pcapng

# How a file begins that is compressed by gzip (RFC 1952 2.3.1), or zstd (RFC 8878 3.1.1).
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def read_capture(stream: Readable, odd: Counter[Oddity] | None = None) -> Iterator[Frame]:
    """Give a capture's frames, one by one in bounded memory, as they come, and count in `odd` what is odd about them.

    Raises NotACapture before the first, or CaptureDamaged after the last whole one.
    """
    source = Source(stream)
    source.has(4)
    if source.data.startswith((_GZIP, _ZSTD)):
        # Not imported above: most captures are not compressed, and their reading starts without it.
        from services.scope.capture.compressed import gunzipped, unzstd  # noqa: PLC0415

        unpack = gunzipped if source.data.startswith(_GZIP) else unzstd
        source = Source(unpack(source.data, stream))
    yield from _read(source, odd if odd is not None else Counter())


def read_uncompressed(stream: Readable) -> Iterator[Frame]:
    """Give the frames of a capture like `read_capture`, but do not accept a compressed one."""
    yield from _read(Source(stream), Counter())


def _read(source: Source, odd: Counter[Oddity]) -> Iterator[Frame]:
    source.has(4)
    start = source.data[:4]
    if start in MAGICS:
        yield from read_pcap(source)
    elif start == SECTION:
        yield from read_pcapng(source, odd)
    else:
        raise NotACapture(start)
