"""Reads the files that --calls names: call records or strace's output, told apart by how the file begins."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Protocol

from services.scope.calls.records import Record, RecordLines
from services.scope.calls.traces import FLAGS, LOOK_BYTES, TraceFile, TraceRecords, is_trace
from services.scope.capture.frames import CaptureError
from services.scope.capture.reader import read_capture
from services.scope.gaps import Remark
from services.scope.words.words import Words


class _Open(Protocol):
    def __call__(self, name: str, setting: str) -> BinaryIO: ...


def call_files(
    names: Iterable[str], opened: _Open, capture: BinaryIO, words: Words, say: Callable[[str], None]
) -> Iterator[Record]:
    """Give the records of all these files; `say` what in a file is no record, or is missing from it."""
    traces: dict[str, list[TraceFile]] = {}
    for name in names:
        stream = opened(name, "--calls")
        if is_trace(_beginning(stream)):
            file = TraceFile(name, stream)
            traces.setdefault(file.stem, []).append(file)
        else:
            yield from _take_records(name, stream, words, say)
    about_ns = _begun_ns(capture) if traces else None
    for stem, files in traces.items():
        records = TraceRecords(files, about_ns)
        yield from records
        name = stem if len(files) > 1 else files[0].name
        for kind, count in records.remarks:
            remark = words.remark(kind, count, flags=FLAGS, day=records.day)
            say(words.phrases.about_file.format(file=name, remark=remark))


def _take_records(name: str, stream: BinaryIO, words: Words, say: Callable[[str], None]) -> Iterator[Record]:
    lines = RecordLines(stream)
    yield from lines
    if lines.first_wrong is not None:
        number, fault = lines.first_wrong
        why = words.phrases.faults[fault.fault].format(field=fault.field, shown=fault.shown)
        remark = words.remark(Remark.WRONG_LINES, lines.wrong, number=number, why=why)
        say(words.phrases.about_file.format(file=name, remark=remark))
    if not lines.records:
        remark = words.remark(Remark.NO_RECORDS, flags=FLAGS)
        say(words.phrases.about_file.format(file=name, remark=remark))


def _beginning(stream: BinaryIO) -> bytes:
    """Return the beginning of a stream without consuming it."""
    return stream.peek(LOOK_BYTES) if isinstance(stream, io.BufferedReader) else b""


def _begun_ns(capture: BinaryIO) -> int | None:
    """Return the time of a capture's first packet without consuming it; None where that cannot be had."""
    try:
        return next((frame.t_ns for frame in read_capture(io.BytesIO(_beginning(capture)))), None)
    except CaptureError:
        return None
