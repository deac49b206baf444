"""Call records from strace's text: a file, or the files of `strace -ff`, one for each process."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge
from itertools import count
from typing import BinaryIO

from services.scope.calls.records import NotARecord, Notice, NoticeKind, Record, parse
from services.scope.gaps import Remark
from shared.strace.clock import Clock, nearest_day
from shared.strace.lines import read_line, read_result
from shared.strace.splitting import lines_of
from shared.strace.syscalls import FORKS
from shared.strace.trace import Gap, Trace

FLAGS = "strace -f -ttt -T -yy"

# `strace -ff -o NAME` writes NAME.PID.
_OF_ONE_PROCESS = re.compile(r"(.+)\.(\d{1,10})$")

# So many bytes of a file are read to find out its format.
LOOK_BYTES = 65_536


@dataclass(frozen=True)
class TraceFile:
    """A file of strace's text."""

    name: str
    stream: BinaryIO

    @property
    def stem(self) -> str:
        """The name that it shares with the other files of the same strace."""
        found = _OF_ONE_PROCESS.match(self.name)
        return found[1] if found is not None else self.name

    @property
    def pid(self) -> int | None:
        """The process that its name says."""
        found = _OF_ONE_PROCESS.match(self.name)
        return int(found[2]) if found is not None else None


def is_trace(beginning: bytes) -> bool:
    """Tell whether a file is strace's output: its first line that is either that or a call record decides."""
    for line in beginning.splitlines():
        if read_line(line.decode(errors="replace")) is not None:
            return True
        with suppress(NotARecord):
            parse(line)
            return False
    return False


class TraceRecords:
    """The records in the files of one strace; `remarks` says afterwards what they do not tell.

    Times of day, in this machine's zone, are put on the day that is nearest to `about_ns`, the capture's beginning.
    """

    def __init__(self, files: Sequence[TraceFile], about_ns: int | None) -> None:
        self._files = files
        self._about_ns = about_ns
        self._records = 0
        self._trace = Trace(files[0].stem)
        self.day = ""  # the date that times of day were put on
        self._dated: Remark | None = None

    def __iter__(self) -> Iterator[Record]:
        """Give the records."""
        for text, pid in self._lines():
            for call in self._trace.feed(text, pid=pid):
                self._records += 1
                yield call
        for call in self._trace.finish():
            self._records += 1
            yield call
        for unseen in self._trace.unseen():
            yield Notice(NoticeKind.IO_URING, unseen.service, unseen.t_ns, host=unseen.host, pid=unseen.pid)

    @property
    def remarks(self) -> list[tuple[Remark, int]]:
        """Return the remarks, with their counts; `day` is the date of DAY_TAKEN."""
        gaps, remarks = self._trace.gaps, []
        if gaps[Gap.NO_TIMES]:
            remarks.append((Remark.NO_TIMES, gaps[Gap.NO_TIMES]))
        elif not self._records:
            remarks.append((Remark.NO_TCP_CALLS, 0))
        if self._dated is not None:
            remarks.append((self._dated, 0))
        if gaps[Gap.UNNAMED]:
            remarks.append((Remark.UNNAMED, gaps[Gap.UNNAMED]))
        if gaps[Gap.RAW]:
            remarks.append((Remark.RAW, gaps[Gap.RAW]))
        if gaps[Gap.FILTERED]:
            remarks.append((Remark.FILTERED, 0))
        if gaps[Gap.ATTACHED_LATE]:
            remarks.append((Remark.ATTACHED_LATE, gaps[Gap.ATTACHED_LATE]))
        if gaps[Gap.IO_URING]:
            remarks.append((Remark.IO_URING, gaps[Gap.IO_URING]))
        return remarks

    def _lines(self) -> Iterator[tuple[str, int | None]]:
        if len(self._files) == 1:
            texts: Iterable[tuple[str, int | None]] = (
                (text, self._files[0].pid) for text in lines_of(self._files[0].stream)
            )
        else:
            texts = ((text, pid) for _, _, text, pid in merge(*(_timed(file) for file in self._files)))
        for text, pid in texts:
            if self._dated is None:
                self._set_day(text)
            yield text, pid

    def _set_day(self, text: str) -> None:
        line = read_line(text)
        if line is None or line.stamp is None or ":" not in line.stamp:
            return
        if self._about_ns is None:
            self._dated = Remark.NO_DATE
            return
        day = nearest_day(line.stamp, self._about_ns)
        self._trace.clock = Clock(day)
        self._dated, self.day = Remark.DAY_TAKEN, str(day)


def _timed(file: TraceFile) -> Iterator[tuple[int, int, str, int | None]]:
    """Give the lines with their times: a call's end, but its beginning for calls that make a process."""
    clock, time_ns, numbers = Clock(), 0, count()
    for text in lines_of(file.stream):
        line = read_line(text)
        if line is not None and line.stamp is not None:
            time_ns = clock.read(line.stamp)
            result = None if line.name in FORKS else read_result(text[line.begin :])
            time_ns += (result.took_ns or 0) if result is not None else 0
        yield time_ns, next(numbers), text, file.pid
