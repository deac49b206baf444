"""Descriptors of TCP sockets: which one is which socket, copied by dup() and fcntl(), and closed one by one."""

import re
from collections.abc import Callable, Iterable, Iterator

from shared.strace.connecting import Connecting
from shared.strace.drafts import Draft
from shared.strace.lines import number
from shared.strace.names import read_name
from shared.strace.syscalls import Descriptor, Syscall, descriptor
from shared.strace.tables import OpenSocket, Process, Tables

_RANGE = re.compile(r"(\d{1,10}), (\d{1,10}|~0U?|0x[0-9a-f]{1,8})")

_MOST_FD = 2**31

# Calls that free descriptors as they begin, not as they end.
FREEING = ("close", "close_range")

Freed = tuple[int, OpenSocket]  # a descriptor, and what it was

Handler = Callable[[Syscall], Iterable[Draft]]


class Descriptors:
    """All traced processes' descriptors; `late` counts sockets whose beginning was not seen, `closes` each close()."""

    def __init__(self, tables: Tables, connecting: Connecting) -> None:
        self.late = self.closes = 0
        self._tables = tables
        self._connecting = connecting
        self.takers: dict[str, Handler] = {  # of a call that has ended, by its name
            **dict.fromkeys(("dup", "dup2", "dup3"), self._dup),
            **dict.fromkeys(("fcntl", "fcntl64"), self._fcntl),
            **dict.fromkeys(FREEING, self._close),
        }

    def socket_of(self, process: Process, found: Descriptor | None) -> OpenSocket | None:
        """Return the TCP socket that a descriptor is; one that is seen for the first time is known from here on."""
        if found is None:
            return None
        known = process.fds.get(found.number)
        if found.annotation is None or (known is not None and known.annotation == found.annotation):
            return known
        name = read_name(found.annotation)
        if known is not None and (
            name.is_tcp is False or _differ(name.inode, known.inode) or _differ(name.peer, known.peer)
        ):
            # Untraced calls have closed it and used its number again.
            self._tables.release(process, found.number)
            known = None
        if known is None:
            if name.is_tcp is False:
                return None
            known = self._tables.find(name.local, name.peer, name.inode)
            if known is None:
                if name.is_tcp is None:
                    return None
                known = OpenSocket(is_whole=False)
                self.late += 1
            self._tables.install(process, found.number, known)
        if _says_more(name.local, known.local) or _says_more(name.peer, known.peer) or (name.inode != known.inode):
            self._tables.name(known, name.local, name.peer, name.inode)
        known.annotation = found.annotation
        return known

    def end(self, syscall: Syscall, fds: Iterable[tuple[int, OpenSocket]]) -> Iterator[Draft]:
        """Give what becomes of sockets whose last descriptor went without close(): the kernel closes them."""
        for fd, sock in fds:
            yield from self._connecting.give_up(sock)
            yield Draft(syscall, "close", fd, sock)

    def free(self, process: Process, name: str, arguments: str) -> list[Freed]:
        """Forget what close() or close_range() closes, as it begins; return what that was.

        From then on the kernel may give the number to another thread, before strace has written that the call is over.
        """
        if name == "close":
            found = descriptor(arguments)
            sock = self.socket_of(process, found)
            fds = [found.number] if found is not None and sock is not None else []
        else:
            fds = _in_range(process, arguments)
        released = [(fd, self._tables.release(process, fd)) for fd in fds]
        return [(fd, sock) for fd, sock in released if sock is not None]

    def closed(self, syscall: Syscall, freed: list[Freed]) -> Iterator[Draft]:
        """Give the records of such a call that has ended: whatever else it returns, the descriptors are gone."""
        if syscall.name == "close_range":
            yield from self.end(syscall, [(fd, sock) for fd, sock in freed if not sock.holders])
            return
        self.closes += 1
        for fd, sock in freed:
            if not sock.holders:
                yield from self._connecting.give_up(sock)
            yield Draft(syscall, "close", fd, sock)

    def _dup(self, syscall: Syscall) -> Iterable[Draft]:
        result = syscall.result
        sock = self.socket_of(syscall.process, descriptor(result.arguments))
        return self._copied(syscall, sock, is_cloexec="O_CLOEXEC" in result.arguments)

    def _copied(
        self, syscall: Syscall, sock: OpenSocket | None, *, is_cloexec: bool, told: str = ""
    ) -> Iterator[Draft]:
        copy = syscall.result.value
        if syscall.result.errno is not None or copy is None or not 0 <= copy < _MOST_FD:
            return
        before = syscall.process.fds.get(copy)
        if before is sock:
            return
        # dup2() closes what had the number before.
        self._tables.release(syscall.process, copy)
        if sock is not None:
            self._tables.install(syscall.process, copy, sock, cloexec=is_cloexec)
        if before is not None and not before.holders:
            yield from self.end(syscall, [(copy, before)])
        if sock is not None:
            draft = Draft(syscall, "dup", copy, sock)
            draft.told = told
            yield draft

    def _fcntl(self, syscall: Syscall) -> Iterable[Draft]:
        arguments = syscall.result.arguments
        found = descriptor(arguments)
        sock = self.socket_of(syscall.process, found)
        if "F_DUPFD" in arguments:
            return self._copied(syscall, sock, is_cloexec="F_DUPFD_CLOEXEC" in arguments, told="F_DUPFD")
        if "F_SETFD" in arguments and found is not None and sock is not None and syscall.result.errno is None:
            change = syscall.process.cloexec.add if "FD_CLOEXEC" in arguments else syscall.process.cloexec.discard
            change(found.number)
        return ()

    def _close(self, syscall: Syscall) -> Iterable[Draft]:
        result = syscall.result
        # A close() that fails has closed all the same, unless there was nothing to close.
        has_closed = result.errno is None or (syscall.name == "close" and result.errno != "EBADF")
        return self.closed(syscall, self.free(syscall.process, syscall.name, result.arguments) if has_closed else [])


def _in_range(process: Process, arguments: str) -> list[int]:
    """Return which of a process's sockets close_range() closes."""
    found = _RANGE.match(arguments)
    if found is None or "CLOEXEC" in arguments:
        return []
    last = _MOST_FD if found[2].startswith("~") else number(found[2])
    return [fd for fd in process.fds if int(found[1]) <= fd <= last]


def _differ(one: object, other: object) -> bool:
    """Tell whether both are known, and not the same."""
    return one is not None and other is not None and one != other


def _says_more(told: str | None, known: str | None) -> bool:
    return told is not None and told != known
