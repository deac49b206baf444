"""A trace, one line at a time, as call records.

strace takes the time of a call's beginning before it writes that line, but measures the duration (-T) from after it:
beginning plus duration can be too early by the time that writing took. The call ended at the latest when its thread's
next line began, or when the line was read; `slack_ns` of the record reaches to there.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, tzinfo
from enum import Enum, auto
from typing import NamedTuple

from shared.calls import Call
from shared.strace.clock import Clock
from shared.strace.connecting import Connecting
from shared.strace.descriptors import FREEING, Descriptors, Handler
from shared.strace.drafts import Draft
from shared.strace.lines import UNFINISHED, Kind, Line, read_line, read_result
from shared.strace.processes import Processes, Thread
from shared.strace.sockets import Sockets
from shared.strace.syscalls import Syscall
from shared.strace.tables import Tables

# A call's line that is broken up by the program's output is joined again from at most so many lines, and so much text.
_MAX_PIECES = 8
MAX_LINE = 65_536

# Most processes that use io_uring, until somebody asks for them.
_MAX_UNSEEN = 1_024


class Gap(Enum):
    """What a trace does not tell."""

    UNREAD = auto()  # lines that strace did not write
    NO_TIMES = auto()  # lines without a time, or with one that only says how long after the line before
    ATTACHED_LATE = auto()  # sockets whose beginning was not seen
    IO_URING = auto()  # calls of io_uring
    UNNAMED = auto()  # records of connections whose addresses are not told
    RAW = auto()  # sockets that are told by numbers alone, as are the flags of their calls (-X raw)
    FILTERED = auto()  # a program ran from its beginning, and closed nothing: the trace is of some calls only


class Unseen(NamedTuple):
    """A process that uses io_uring, from a time on: what it does by that is in no trace."""

    service: str
    host: str
    pid: int
    t_ns: int


class Trace:
    """One strace: `host` tells its processes from those of another machine; `service`, where given, is its name.

    `names` are the system calls that it looks at; all others may be left out.
    Times of day are put on `day` in `zone`.
    """

    def __init__(
        self, host: str, service: str | None = None, *, day: date | None = None, zone: tzinfo | None = None
    ) -> None:
        self.gaps: Counter[Gap] = Counter()
        self.lines = 0  # of strace
        self.clock = Clock(day, zone)
        self._host = host
        self._service = service
        tables, connecting = Tables(), Connecting()
        self._connecting = connecting
        self._descriptors = Descriptors(tables, connecting)
        self._sockets = Sockets(tables, self._descriptors, connecting)
        self._processes = Processes(tables, self._descriptors)
        self._takers: dict[str, Handler] = {
            **dict.fromkeys(("io_uring_setup", "io_uring_enter"), self._take_io_uring),
            **dict.fromkeys(connecting.names, connecting.take),
            **dict.fromkeys(self._processes.names, self._processes.take),
            **self._descriptors.takers,
            **self._sockets.takers,
        }
        self.names = frozenset(self._takers)
        self._cut: tuple[Thread, Line, int, list[str]] | None = None
        self._holding: dict[Thread, None] = {}  # threads with records that wait for another line
        self._last_ns = self._records = 0
        self._unseen: list[Unseen] = []

    def feed(self, text: str, pid: int | None = None) -> list[Call]:
        """Take a line, without its line break, and return the records that are finished now.

        `pid` is whose it is, where it does not say so.
        """
        line = read_line(text)
        if line is None:
            return self._continued(text)
        kind, line_pid, program, stamp, name, begin = line
        self.lines += 1
        self._cut = None
        thread = self._processes.thread(line_pid if line_pid is not None else pid or 0, program)
        if stamp is None:
            if name in self.names:
                self.gaps[Gap.NO_TIMES] += 1
            return []
        is_passed_over = kind is Kind.CALL and name not in self._takers
        if is_passed_over and not thread.held:
            thread.last_stamp = stamp
            return []
        time_ns = self.clock.read(stamp)
        released = self._released(thread, time_ns) if thread.held else []
        drafts: list[Draft] = []
        if kind is Kind.CALL:
            drafts = [] if is_passed_over else self._call(thread, line, time_ns, text[begin:])
        elif kind is Kind.RESUMED:
            drafts = self._resumed(thread, line, time_ns, text[begin:])
        elif kind is Kind.END:
            drafts = self._ended(thread, line, time_ns)
        thread.last_stamp = stamp
        return released + self._finished(thread, drafts) if drafts else released

    def flush(self, seen_ns: int) -> list[Call]:
        """Return the records that wait for another line; their calls had ended by then, when the lines were read."""
        return [call for thread in list(self._holding) for call in self._released(thread, seen_ns)]

    def unseen(self) -> list[Unseen]:
        """Return, each once, the processes that have begun to use io_uring."""
        found, self._unseen = self._unseen, []
        return found

    def finish(self) -> list[Call]:
        """Return the records that waited for another line: there is none."""
        calls = self.flush(self._last_ns)
        self.gaps[Gap.ATTACHED_LATE] = self._descriptors.late
        self.gaps[Gap.RAW] = self._sockets.raw
        self.gaps[Gap.FILTERED] = int(self._processes.executed and self._records > 0 and not self._descriptors.closes)
        return calls

    def _call(self, thread: Thread, line: Line, t0_ns: int, text: str) -> list[Draft]:
        if text.endswith(UNFINISHED):
            beginning = text.removesuffix(UNFINISHED)
            self._processes.begin(thread, line.name, beginning, t0_ns)
            if line.name in FREEING:
                thread.freed = self._descriptors.free(thread.process, line.name, beginning)
            return []
        result = read_result(text)
        if result is None:
            self._cut = thread, line, t0_ns, [text]
            return []
        t1_ns = t0_ns + (result.took_ns or 0)
        return self._take(Syscall(thread.process, thread.pid, line.name, result, t0_ns, t1_ns))

    def _resumed(self, thread: Thread, line: Line, resumed_ns: int, text: str) -> list[Draft]:
        begun = self._processes.resume(thread)
        if begun is None or begun[0] != line.name:
            return []
        name, before, t0_ns = begun
        result = read_result(before + text)
        if result is None:
            return []
        t1_ns = resumed_ns if result.took_ns is None else t0_ns + result.took_ns
        syscall = Syscall(thread.process, thread.pid, name, result, t0_ns, t1_ns)
        if name in FREEING:
            freed, thread.freed = thread.freed, []
            return list(self._descriptors.closed(syscall, freed))
        return self._take(syscall)

    def _take(self, syscall: Syscall) -> list[Draft]:
        taker = self._takers.get(syscall.name)
        return list(taker(syscall)) if taker is not None else []

    def _take_io_uring(self, syscall: Syscall) -> Iterable[Draft]:
        process = syscall.process
        self.gaps[Gap.IO_URING] += 1
        if not process.uses_io_uring and len(self._unseen) < _MAX_UNSEEN:
            process.uses_io_uring = True
            service = self._service or process.program or "traced"
            self._unseen.append(Unseen(service, self._host, process.pid, syscall.t0_ns))
        return ()

    def _ended(self, thread: Thread, line: Line, ended_ns: int) -> list[Draft]:
        alive_ns = self.clock.read(thread.last_stamp) if thread.last_stamp is not None else ended_ns
        return list(self._processes.end(thread, alive_ns, ended_ns, line.name))

    def _continued(self, text: str) -> list[Call]:
        """Take a line that is none of strace's: the rest of a call, or the program's own."""
        cut = self._cut
        if cut is None:
            if text and not text.startswith("strace: "):
                self.gaps[Gap.UNREAD] += 1
            return []
        thread, line, t0_ns, pieces = cut
        pieces.append(text)
        whole = "".join(pieces)
        if len(pieces) > _MAX_PIECES or len(whole) > MAX_LINE:
            self._cut = None
            return []
        result = read_result(whole)
        if result is None:
            return []
        self._cut = None
        t1_ns = t0_ns + (result.took_ns or 0)
        drafts = self._take(Syscall(thread.process, thread.pid, line.name, result, t0_ns, t1_ns))
        return self._finished(thread, drafts)

    def _finished(self, thread: Thread, drafts: list[Draft]) -> list[Call]:
        for draft in drafts:
            self._last_ns = max(self._last_ns, draft.t1_ns)
        if self._processes.has(thread):
            thread.held = drafts
            self._holding[thread] = None
            return []
        return [self._record(draft, draft.t1_ns) for draft in drafts]

    def _released(self, thread: Thread, ended_ns: int) -> list[Call]:
        held, thread.held = thread.held, []
        self._holding.pop(thread, None)
        return [self._record(draft, ended_ns + self.clock.resolution_ns) for draft in held]

    def _record(self, draft: Draft, ended_ns: int) -> Call:
        slack_ns = max(ended_ns - draft.t1_ns, self.clock.resolution_ns)
        self._records += 1
        call = draft.finish(self._host, self._service, slack_ns)
        if (call.peer is None and call.call in ("accept", "send", "recv")) or (
            call.local is None and call.call in ("send", "recv")
        ):
            self.gaps[Gap.UNNAMED] += 1
        return call
