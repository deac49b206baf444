"""Descriptors that a process passes to another (SCM_RIGHTS): on their way, the kernel holds their sockets."""

from collections import Counter
from itertools import count

from shared.strace.descriptors import Descriptors
from shared.strace.syscalls import Syscall, descriptors_of
from shared.strace.tables import OpenSocket, Process, Tables

_PASSED = "cmsg_type=SCM_RIGHTS, cmsg_data=["

# Most sockets that are known to have arrived before the line said that they were sent.
_MAX_EARLY = 1_024


class Passing:
    """Those of all processes, whichever way they go."""

    def __init__(self, tables: Tables, descriptors: Descriptors) -> None:
        self._tables = tables
        self._descriptors = descriptors
        self._kernel = Process(0)  # holds what is on its way, each under a number of its own
        self._numbers = count()
        self._early: Counter[OpenSocket] = Counter()  # a receiver's line may come before the sender's

    def sent(self, syscall: Syscall) -> None:
        """Follow a sendmsg() that has ended."""
        if syscall.result.errno is not None:
            return
        for found in descriptors_of(syscall.result.arguments, _PASSED):
            sock = self._descriptors.socket_of(syscall.process, found)
            if sock is None:
                continue
            if self._early[sock]:
                self._early[sock] -= 1
                self._early += Counter()  # keeps what is above 0
            else:
                self._tables.install(self._kernel, next(self._numbers), sock)

    def received(self, syscall: Syscall) -> None:
        """Follow a recvmsg() that has ended: whose the new descriptors are is told by their names (-yy)."""
        if syscall.result.errno is not None:
            return
        for found in descriptors_of(syscall.result.arguments, _PASSED):
            self._tables.release(syscall.process, found.number)  # an untraced close() has freed the number
            sock = self._descriptors.socket_of(syscall.process, found)
            if sock is None:
                continue
            held = next((number for number, other in self._kernel.fds.items() if other is sock), None)
            if held is not None:
                self._tables.release(self._kernel, held)
            elif len(self._early) < _MAX_EARLY:
                self._early[sock] += 1
