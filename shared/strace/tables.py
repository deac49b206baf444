"""Which descriptors are which TCP sockets: shared by dup(), fork() and threads, and closed one by one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a draft knows the process that made the call
    from shared.strace.drafts import Draft

# Most sockets kept, over all processes; beyond that the oldest are given up.
MAX_SOCKETS = 65_536

Holder = tuple["Process", int]


class OpenSocket:
    """One TCP socket, for as long as some descriptor holds it: the kernel's open file description.

    `sent` and `received` count its bytes; None where some of its calls were not seen.
    """

    __slots__ = (
        "annotation",
        "connecting",
        "holders",
        "inode",
        "is_connected",
        "is_listener",
        "local",
        "peer",
        "received",
        "sent",
    )

    def __init__(self, *, is_whole: bool) -> None:
        self.local: str | None = None
        self.peer: str | None = None
        self.inode: int | None = None
        self.annotation: str | None = None  # what stood last behind a descriptor of it, whose names are known by now
        self.is_listener = self.is_connected = False
        self.sent: int | None = 0 if is_whole else None
        self.received: int | None = 0 if is_whole else None
        self.connecting: Draft | None = None  # the record of a connect() whose end is not known yet
        self.holders: set[Holder] = set()


class Process:
    """A table of descriptors, and the threads that share it."""

    __slots__ = ("cloexec", "ending_ns", "epolls", "fds", "pid", "program", "threads", "unborn", "uses_io_uring")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.program: str | None = None
        self.threads = 0
        self.uses_io_uring = False
        self.ending_ns: int | None = None  # exit_group() was called then
        self.fds: dict[int, OpenSocket] = {}
        self.unborn: dict[int, OpenSocket] = {}  # descriptors inherited from its parent, until its first line
        self.cloexec: set[int] = set()
        self.epolls: dict[tuple[int, str], int] = {}  # of an epoll descriptor and its data: which descriptor is meant


class Tables:
    """All sockets that are held, and the ways to find one."""

    def __init__(self) -> None:
        self._sockets: dict[OpenSocket, None] = {}  # in the order of their first sight
        self._by_inode: dict[int, OpenSocket] = {}
        self._by_names: dict[tuple[str, str], OpenSocket] = {}
        self._references = 0

    def install(self, process: Process, fd: int, sock: OpenSocket, *, cloexec: bool = False) -> None:
        """Make a descriptor refer to a socket."""
        self.release(process, fd)
        process.fds[fd] = sock
        if cloexec:
            process.cloexec.add(fd)
        sock.holders.add((process, fd))
        self._sockets[sock] = None
        self._references += 1
        while self._references > MAX_SOCKETS:
            oldest = next(iter(self._sockets))
            for holder, number in list(oldest.holders):
                self.release(holder, number)

    def release(self, process: Process, fd: int) -> OpenSocket | None:
        """Forget a descriptor, and return its socket, which is closed if it has no `holders` left."""
        sock = process.fds.pop(fd, None)
        process.cloexec.discard(fd)
        if sock is None:
            return None
        sock.holders.discard((process, fd))
        self._references -= 1
        if not sock.holders:
            self._sockets.pop(sock, None)
            if sock.inode is not None and self._by_inode.get(sock.inode) is sock:
                del self._by_inode[sock.inode]
            if sock.local is not None and sock.peer is not None:
                names = sock.local, sock.peer
                if self._by_names.get(names) is sock:
                    del self._by_names[names]
        return sock

    def release_all(self, process: Process) -> Iterator[tuple[int, OpenSocket]]:
        """Forget all descriptors of a process; give those that were the last ones of their sockets."""
        for fd in list(process.fds):
            sock = self.release(process, fd)
            if sock is not None and not sock.holders:
                yield fd, sock

    def name(self, sock: OpenSocket, local: str | None, peer: str | None, inode: int | None = None) -> None:
        """Add what is told of a socket's addresses; what is known already stays."""
        sock.local = local or sock.local
        sock.peer = peer or sock.peer
        if sock.local is not None and sock.peer is not None:
            self._by_names[sock.local, sock.peer] = sock
        if inode is not None and inode != sock.inode:
            sock.inode = inode
            self._by_inode[inode] = sock

    def find(self, local: str | None, peer: str | None, inode: int | None) -> OpenSocket | None:
        """Return the socket of these addresses or this inode, if any descriptor of it is known."""
        if inode is not None:
            return self._by_inode.get(inode)
        return self._by_names.get((local, peer)) if local is not None and peer is not None else None
