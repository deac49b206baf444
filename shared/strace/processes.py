"""The traced processes and their threads: how they begin (fork, clone), become another program (exec), and end."""

import re
from collections.abc import Iterable

from shared.strace.descriptors import Descriptors, Freed
from shared.strace.drafts import Draft
from shared.strace.lines import Result
from shared.strace.syscalls import FORKS, Syscall
from shared.strace.tables import OpenSocket, Process, Tables

# What is kept at the most: those that were seen first are given up.
_MAX_THREADS = 16_384
_MAX_UNBORN = 1_024

_PROGRAM = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")

_NOTHING = Result("", 0, None, None, "", None)


class Thread:
    """A thread: its process, and what of its calls is not finished."""

    __slots__ = ("begun", "freed", "held", "last_stamp", "pid", "process")

    def __init__(self, pid: int, process: Process) -> None:
        self.pid = pid
        self.process = process
        self.last_stamp: str | None = None
        self.begun: tuple[str, str, int] | None = None  # a call that is unfinished: its name, text and time
        self.freed: list[Freed] = []  # what an unfinished close() closes
        self.held: list[Draft] = []  # records of its last call, which ended before its next line


class Processes:
    """All threads by their ids."""

    def __init__(self, tables: Tables, descriptors: Descriptors) -> None:
        self.executed = False  # a program began under strace
        self._tables = tables
        self._descriptors = descriptors
        self._threads: dict[int, Thread] = {}
        self._forking: dict[Thread, None] = {}  # threads inside fork(): a child's first line may come before it returns
        self._unborn: dict[
            int, Process
        ] = {}  # children without a line so far, with the descriptors that they inherited
        self.names = frozenset(("execve", "execveat", "exit", "exit_group", *FORKS))

    def thread(self, pid: int, program: str | None) -> Thread:
        """Return a thread, known or new; `program` is its name where the trace says it in each line."""
        found = self._threads.get(pid)
        if found is None:
            found = self._add_new(pid)
        if program is not None and found.process.program != program:
            found.process.program = program
        return found

    def has(self, thread: Thread) -> bool:
        """Tell whether a thread has not ended."""
        return self._threads.get(thread.pid) is thread

    def begin(self, thread: Thread, name: str, text: str, t0_ns: int) -> None:
        """Keep the beginning of a call until it is resumed."""
        thread.begun = name, text, t0_ns
        if name in FORKS:
            self._forking[thread] = None

    def resume(self, thread: Thread) -> tuple[str, str, int] | None:
        """Return the beginning of a call, which ends now."""
        begun, thread.begun = thread.begun, None
        self._forking.pop(thread, None)
        return begun

    def take(self, syscall: Syscall) -> Iterable[Draft]:
        """Follow a call that has ended, or, as exit_group(), never returns."""
        process, result = syscall.process, syscall.result
        if syscall.name in FORKS:
            if result.value is not None and result.value > 0:
                self._forked(self.thread(syscall.pid, None), result.value, result.arguments)
        elif syscall.name.startswith("exit"):
            if syscall.name == "exit_group" or process.threads == 1:
                process.ending_ns = min(syscall.t0_ns, process.ending_ns or syscall.t0_ns)
        elif result.errno is None and result.value == 0:
            return self._executed(syscall)
        return ()

    def end(self, thread: Thread, t0_ns: int, t1_ns: int, killed_by: str) -> Iterable[Draft]:
        """Follow a thread's end, between two times: with a process's last, its descriptors are closed."""
        self._threads.pop(thread.pid, None)
        self._forking.pop(thread, None)
        process = thread.process
        process.threads -= 1
        if process.threads > 0:
            return ()
        begun_ns = process.ending_ns or t0_ns
        name = killed_by or "exit"
        last = list(self._tables.release_all(process))
        last += [(fd, sock) for fd, sock in thread.freed if not sock.holders]
        return tuple(self._descriptors.end(Syscall(process, thread.pid, name, _NOTHING, begun_ns, t1_ns), last))

    def _add_new(self, pid: int) -> Thread:
        process = self._unborn.pop(pid, None)
        if process is None and len(self._forking) == 1:
            (parent,) = self._forking
            process = self._child(parent.process, pid, parent.begun[1] if parent.begun else "")
        if process is None:
            process = Process(pid)
        return self._add(pid, process)

    def _add(self, pid: int, process: Process) -> Thread:
        thread = self._threads[pid] = Thread(pid, process)
        process.threads += 1
        for fd, sock in process.unborn.items():
            self._tables.install(process, fd, sock)
        process.unborn = {}
        if len(self._threads) > _MAX_THREADS:
            oldest = next(iter(self._threads))
            self._forking.pop(self._threads[oldest], None)
            del self._threads[oldest]
        return thread

    def _forked(self, parent: Thread, pid: int, flags: str) -> None:
        known = self._threads.get(pid)
        if known is None:
            self._unborn[pid] = self._child(parent.process, pid, flags)
            if len(self._unborn) > _MAX_UNBORN:
                del self._unborn[next(iter(self._unborn))]
        elif known.process is not parent.process and known.process.pid == pid and not known.process.fds:
            # Several threads were forking when its first line came, so its parent was unknown until now.
            process = self._child(parent.process, pid, flags)
            process.program = known.process.program or process.program
            known.process = process
            process.threads += 1

    def _child(self, parent: Process, pid: int, flags: str) -> Process:
        if "CLONE_FILES" in flags or "CLONE_THREAD" in flags:
            return parent
        child = Process(pid)
        child.program = parent.program
        child.cloexec = set(parent.cloexec)
        child.unborn = dict(parent.fds)
        return child

    def _executed(self, syscall: Syscall) -> Iterable[Draft]:
        process = syscall.process
        self.executed = True
        found = _PROGRAM.search(syscall.result.arguments)
        if found is not None:
            path = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), found[1])
            process.program = path.rpartition("/")[2][:64] or process.program
        closed: list[tuple[int, OpenSocket]] = []
        for fd in list(process.cloexec):
            sock = self._tables.release(process, fd)
            if sock is not None and not sock.holders:
                closed.append((fd, sock))
        return tuple(self._descriptors.end(syscall, closed))
